import type { ConnectWeather, TransferWeather, Weather } from '../../lib/testing/weather.ts'

// Weather from a tape of decisions, one for each question. 0, and the end of the tape, are calm. Most
// numbers are a delay of a few milliseconds; the high ones are faults.

export class TapeWeather implements Weather {
  #tape: readonly number[]
  #position = 0
  #calm = false
  /** Connections that were cut, bytes that came late, and so on: what the tape has done. */
  faults = 0

  constructor(tape: readonly number[]) {
    this.#tape = tape
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.#calm = true
  }

  connect(): ConnectWeather {
    const decision = this.#next()
    if (decision > 235) return this.#fault({ ms: 5, outcome: 'refuse' })
    if (decision > 225) return this.#fault({ ms: 0, outcome: 'silence' })
    return { ms: 1 + (decision % 8), outcome: 'accept' }
  }

  request(_broker: number, byteLength: number): TransferWeather {
    return this.#transfer(byteLength)
  }

  response(_broker: number, byteLength: number): TransferWeather {
    return this.#transfer(byteLength)
  }

  #transfer(byteLength: number): TransferWeather {
    const decision = this.#next()
    const travelMs = 1 + (decision % 6)
    const leaveMs = decision % 3
    if (decision > 235)
      return this.#fault({ leaveMs, travelMs, cutAfter: (decision * 37) % (byteLength + 1) })
    // Longer than either request timeout: the client gives up, and the bytes arrive all the same.
    if (decision > 220)
      return this.#fault({ leaveMs, travelMs: decision > 228 ? 1300 : 260, cutAfter: null })
    if (decision > 212) return this.#fault({ leaveMs: 30, travelMs, cutAfter: null })
    return { leaveMs, travelMs, cutAfter: null }
  }

  #next(): number {
    if (this.#calm) return 0
    const decision = this.#tape[this.#position] ?? 0
    this.#position += 1
    return decision
  }

  #fault<T>(effect: T): T {
    this.faults += 1
    return effect
  }
}
