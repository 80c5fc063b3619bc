// The received requests, oldest first, up to a limit: beyond it, the oldest quarter is dropped at once. The
// bytes of Produce requests count, because the log keeps them alive.

import type { MockRequest } from './served-apis.ts'

const bytesMax = 64 * 1024 * 1024

export class RequestLog {
  readonly #requestsMax: number
  #requests: MockRequest[] = []
  #sizes: number[] = []
  #bytes = 0

  constructor(requestsMax: number) {
    this.#requestsMax = requestsMax
  }

  get requests(): readonly MockRequest[] {
    return this.#requests
  }

  /** `bytes`: the size of its frame. */
  add(request: MockRequest, bytes: number): void {
    this.#requests.push(request)
    this.#sizes.push(bytes)
    this.#bytes += bytes
    if (this.#requests.length > this.#requestsMax || this.#bytes > bytesMax) this.#forget()
  }

  // A new array, so that one returned earlier stays unchanged.
  #forget(): void {
    const count = Math.ceil(this.#requests.length / 4)
    for (const size of this.#sizes.slice(0, count)) this.#bytes -= size
    this.#requests = this.#requests.slice(count)
    this.#sizes = this.#sizes.slice(count)
  }
}
