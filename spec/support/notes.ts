// An observer that records its calls, in order.

import type { Observer } from '../../lib/observer.ts'

type Told = { [Name in keyof Observer]-?: Parameters<Required<Observer>[Name]> }
type Note = { [Name in keyof Told]: readonly [Name, ...Told[Name]] }[keyof Told]

export class Notes {
  readonly all: Note[] = []
  readonly observer = new Proxy({} as Required<Observer>, {
    get:
      (_, name) =>
      (...facts: unknown[]) =>
        this.all.push([name, ...facts] as unknown as Note),
  })

  /** The arguments of the calls with this name; a separate list. */
  of<Name extends keyof Told>(name: Name): Told[Name][] {
    return this.all
      .filter(([told]) => told === name)
      .map(([, ...facts]) => facts as unknown as Told[Name])
  }

  /** The names of the calls. */
  get names(): string[] {
    return this.all.map(([name]) => name)
  }
}
