// A queue in an array: what is taken leaves a hole at the front, and the holes are cut off in bulk.
// Invariant: `#head` counts the holes; every operation is O(1), averaged, but for `delete`, which looks for
// what is not the oldest.

export class Fifo<T> {
  #items: (T | undefined)[]
  #head = 0

  /** A queue of `items`, which nobody else may keep. */
  constructor(items: T[] = []) {
    this.#items = items
  }

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: T): void {
    this.#items.push(item)
  }

  /** Takes the oldest item; undefined when there is none. */
  shift(): T | undefined {
    const item = this.#items[this.#head]
    if (this.#head === this.#items.length) return undefined
    this.#items[this.#head] = undefined // so that what was taken can be collected
    this.#head += 1
    this.#cut()
    return item
  }

  /** The oldest item, left in its place; undefined when there is none. */
  peek(): T | undefined {
    return this.#items[this.#head]
  }

  /** Takes all there is, oldest first. */
  takeAll(): T[] {
    const items = (this.#head === 0 ? this.#items : this.#items.slice(this.#head)) as T[]
    this.#items = []
    this.#head = 0
    return items
  }

  /** Takes `item` out, wherever it is; false if it is not in here. */
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
