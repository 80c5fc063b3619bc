// One declaration for all versions of a request and its response; messages/* use it. The TypeScript types,
// the codecs in both directions, the round-trip specs and the comparison with Apache's own definitions are
// derived from it.

import { ProtocolError } from '../errors/protocol-error.ts'
import { Schema } from './schema.ts'
import type { Fields, InputOf, ValueOf } from './types.ts'

export interface Api<Request extends Schema = Schema, Response extends Schema = Schema> {
  /** Its number on the wire. */
  readonly key: number
  /** Apache's name for it. */
  readonly name: string
  /** The first and the last declared version. */
  readonly versions: readonly [min: number, max: number]
  /** The first version with compact lengths and tagged fields (KIP-482). */
  readonly flexible: number
  readonly request: Request
  readonly response: Response
}

/** A decoded request: every field is there. */
export type RequestOf<A extends Api> = A['request']['value']
/** A decoded response: every field is there. */
export type ResponseOf<A extends Api> = A['response']['value']
/** A request to encode: fields that have a default may be left out. */
export type RequestInput<A extends Api> = A['request']['input']
/** A response to encode: fields that have a default may be left out. */
export type ResponseInput<A extends Api> = A['response']['input']

/** The content of a file in messages/. */
export interface Declaration<Q extends Fields, R extends Fields> {
  readonly key: number
  readonly name: string
  readonly versions: readonly [min: number, max: number]
  readonly flexible: number
  readonly request: Q
  readonly response: R
}

export function api<Q extends Fields, R extends Fields>({
  request,
  response,
  ...facts
}: Declaration<Q, R>): Api<Schema<ValueOf<Q>, InputOf<Q>>, Schema<ValueOf<R>, InputOf<R>>> {
  return {
    ...facts,
    request: new Schema(request, facts.flexible),
    response: new Schema(response, facts.flexible),
  }
}

/** Whether `version` of `api` is declared here. */
export function hasVersion({ versions: [min, max] }: Api, version: number): boolean {
  return min <= version && version <= max
}

/** Refuses an undeclared version. */
export function assertVersion(api: Api, version: number): void {
  if (hasVersion(api, version)) return
  throw new ProtocolError('INVALID_VALUE', `${api.name} has no version ${version} here`)
}
