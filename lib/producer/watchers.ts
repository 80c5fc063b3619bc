import type { Observer, Watched } from '../observer.ts'

// Combines all observers of a producer: an actor's report goes to all of them, in the order in which they
// were added. Invariant: `observer` is null exactly while none of them listens, so the actors create
// nothing then; if one listens, `observer` is that one itself. Watchers are our own code, and never throw;
// user listeners are called later, together with results (herald.ts). Owned by the engine.

interface Watcher {
  readonly observer: Observer
  readonly isListening: () => boolean
}

export class Watchers implements Watched {
  #watchers: Watcher[] = []
  #all: Observer = {
    connecting: (node, address) => this.#each((one) => one.connecting(node, address)),
    connected: (node, address) => this.#each((one) => one.connected(node, address)),
    takenOver: (from, node, address) => this.#each((one) => one.takenOver?.(from, node, address)),
    disconnected: (node, address, cause, wasReady) =>
      this.#each((one) => one.disconnected(node, address, cause, wasReady)),
    requested: (node, api, bytes, id) => this.#each((one) => one.requested(node, api, bytes, id)),
    answered: (node, api, bytes, ms, id) =>
      this.#each((one) => one.answered(node, api, bytes, ms, id)),
    unanswered: (node, api, ms, cause, id) =>
      this.#each((one) => one.unanswered?.(node, api, ms, cause, id)),
    throttled: (node, ms) => this.#each((one) => one.throttled(node, ms)),
    refreshed: () => this.#each((one) => one.refreshed()),
    leaderChanged: (topic, partition, from, to) =>
      this.#each((one) => one.leaderChanged(topic, partition, from, to)),
    sent: (node, batches) => this.#each((one) => one.sent(node, batches)),
    retried: (batch, cause) => this.#each((one) => one.retried(batch, cause)),
    split: (batch, parts) => this.#each((one) => one.split(batch, parts)),
    acknowledged: (batch) => this.#each((one) => one.acknowledged(batch)),
    failed: (batch, code, cause) => this.#each((one) => one.failed(batch, code, cause)),
    refused: (topic, code) => this.#each((one) => one.refused?.(topic, code)),
    identified: (producerId, epoch, isNew) =>
      this.#each((one) => one.identified(producerId, epoch, isNew)),
    bufferFull: (isFull) => this.#each((one) => one.bufferFull(isFull)),
    waitedForMemory: (ms, inVain) => this.#each((one) => one.waitedForMemory(ms, inVain)),
    waitedForMetadata: (ms) => this.#each((one) => one.waitedForMetadata(ms)),
    transacted: (step, ms, facts, cause) =>
      this.#each((one) => one.transacted?.(step, ms, facts, cause)),
    flushed: (ms) => this.#each((one) => one.flushed(ms)),
  }

  /** The current listeners. */
  get observer(): Observer | null {
    let only: Observer | null = null
    for (const { observer, isListening } of this.#watchers) {
      if (!isListening()) continue
      if (only !== null) return this.#all
      only = observer
    }
    return only
  }

  /** Adds a watcher; it need not be called while `isListening` returns false. */
  add(observer: Observer, isListening: () => boolean = always): void {
    this.#watchers.push({ observer, isListening })
  }

  #each(tell: (observer: Observer) => void): void {
    for (const { observer, isListening } of this.#watchers) if (isListening()) tell(observer)
  }
}

function always(): boolean {
  return true
}
