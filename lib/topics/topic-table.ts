import { type IdleClock, TopicState } from './topic-state.ts'

// The topics of one producer, by name. Callers keep the object, not the name.

export class TopicTable {
  readonly #topics = new Map<string, TopicState>()
  readonly #clock: IdleClock

  constructor(clock: IdleClock) {
    this.#clock = clock
  }

  get(name: string): TopicState | undefined {
    return this.#topics.get(name)
  }

  /** The topic of that name; a new one if there is none. */
  of(name: string): TopicState {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const topic = new TopicState(name, this.#clock)
    this.#topics.set(name, topic)
    return topic
  }

  delete(topic: TopicState): void {
    this.#topics.delete(topic.name)
  }

  get size(): number {
    return this.#topics.size
  }

  [Symbol.iterator](): IterableIterator<TopicState> {
    return this.#topics.values()
  }
}
