// A queue in an array. A taken item leaves a hole at the front, and the holes are cut off in bulk.
// Invariant: `#head` counts the holes. Every operation is O(1) on average, except `delete`, which searches
// for an item that is not the oldest.

export class Fifo<T> {
  #items: (T | undefined)[]
  #head = 0

  /** A queue of `items`, which no one else may keep. */
  constructor(items: T[] = []) {
    this.#items = items
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the oldest item; undefined if there is none. */
  shift(): T | undefined {
    // Most queues hold one item at a time. `length = 0` would free their array, and cost a call of the runtime.
    if (this.#head === 0 && this.#items.length === 1) return this.#items.pop()
    const item = this.#items[this.#head]
    if (this.#head === this.#items.length) return undefined
    this.#items[this.#head] = undefined // so that the taken item can be collected
    this.#head += 1
    this.#cut()
    return item
  }

  /** The oldest item, which stays; undefined if there is none. */
  peek(): T | undefined {
    return this.#items[this.#head]
  }

  /** Takes all items, oldest first. */
  takeAll(): T[] {
    const items = (this.#head === 0 ? this.#items : this.#items.slice(this.#head)) as T[]
    this.#items = []
    this.#head = 0
    return items
  }

  /** Removes `item`, wherever it is; false if it is not in the queue. */
  delete(item: T): boolean {
    if (this.length === 0) return false
    if (this.#items[this.#head] === item) {
      this.shift()
      return true
    }
    const index = this.#items.indexOf(item, this.#head)
    if (index < 0) return false
    this.#items.splice(index, 1)
    return true
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = this.#head; index < this.#items.length; index += 1) {
      yield this.#items[index] as T
    }
  }

  #cut(): void {
    if (this.#head === this.#items.length) {
      this.#items.length = 0
      this.#head = 0
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
  }
}
