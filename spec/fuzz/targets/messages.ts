// Every API in every version, in both directions: for any bytes, decoding returns a message or a
// ProtocolError, and no more values than bytes. What was decoded can be encoded again, and is the
// same after that.

import { ProtocolError } from '../../../lib/errors/protocol-error.ts'
import { apis } from '../../../lib/protocol/apis.ts'
import {
  decodeRequest,
  decodeResponse,
  encodeRequest,
  encodeResponse,
} from '../../../lib/protocol/headers.ts'
import type { Api } from '../../../lib/protocol/message.ts'
import type { Dice } from '../dice.ts'
import { mangled } from '../mangle.ts'
import { copied, nonsense, twisted, type World } from '../nonsense.ts'
import { outcomeOf, Pool } from '../pool.ts'
import { Finding, type Target } from '../target.ts'

interface Input {
  readonly api: Api
  readonly version: number
  readonly isRequest: boolean
  /** Without its size. */
  readonly frame: Uint8Array
}

const world: World = {
  topicIds: ['AAAAAAAAAAAAAAAAAAAAAQ'],
  records: (dice) => dice.bytes(dice.below(60)),
}

/**
 * How many values a message may have for each of its bytes: a byte may be an empty list of a
 * struct.
 */
const valuesPerByte = 12
const valuesOfNothing = 60

export class Messages implements Target {
  readonly name = 'messages'
  readonly #pool = new Pool<Input>()

  get outcomes(): number {
    return this.#pool.outcomes
  }

  run(dice: Dice): void {
    const input = this.#input(dice)
    this.#pool.note(`${placeOf(input)} ${judge(dice, input)}`, input)
  }

  #input(dice: Dice): Input {
    const begun = this.#pool.draw(dice) ?? made(dice)
    if (dice.percent(10)) return begun
    const other = dice.percent(20) ? made(dice).frame : begun.frame
    return { ...begun, frame: mangled(dice, begun.frame, other) }
  }
}

/** Runs one input, and checks the result. */
export function judge(dice: Dice, input: Input): string {
  let body: unknown
  try {
    body = decoded(input)
  } catch (error) {
    if (error instanceof ProtocolError) return outcomeOf(error)
    throw new Finding(`${placeOf(input)}: decoding threw`, input.frame, error)
  }
  if (!input.isRequest) readLeanly(input)
  const values = countOf(body)
  if (values > valuesOfNothing + valuesPerByte * input.frame.length) {
    throw new Finding(`${placeOf(input)}: ${values} values`, input.frame)
  }
  if (dice.percent(20)) encodedAgain(dice, input, body)
  return 'decoded'
}

/** The client's own decoding, which skips what it does not need, succeeds if the other does. */
function readLeanly({ api, version, frame, ...rest }: Input): void {
  try {
    decodeResponse(api, version, frame, true)
  } catch (error) {
    throw new Finding(`${placeOf({ api, version, frame, ...rest })}: not read leanly`, frame, error)
  }
}

function encodedAgain(dice: Dice, input: Input, body: unknown): void {
  const { api, version, isRequest } = input
  const { fields } = isRequest ? api.request : api.response
  try {
    const again = { ...input, frame: encoded(api, version, isRequest, body, fields) }
    const back = encoded(api, version, isRequest, decoded(again), fields)
    if (Buffer.compare(back, again.frame) !== 0) throw new Error('another message came back')
  } catch (error) {
    throw new Finding(`${placeOf(input)}: it can't be encoded again`, input.frame, error)
  }
  try {
    encoded(api, version, isRequest, twisted(dice, fields, body, version, world), null)
  } catch (error) {
    // A message without sense may not be expressible in its version: then it is refused with an
    // error.
    if (error instanceof ProtocolError) return
    throw new Finding(`${placeOf(input)}: nonsense is not refused in words`, input.frame, error)
  }
}

function made(dice: Dice): Input {
  const api = dice.pick(apis)
  const [min, max] = api.versions
  const version = min + dice.below(max - min + 1)
  const isRequest = dice.percent(50)
  const { fields } = isRequest ? api.request : api.response
  const body = nonsense(dice, fields, version, world)
  return { api, version, isRequest, frame: encoded(api, version, isRequest, body, null) }
}

/** `fields`: of a decoded body, whose records are bytes. */
function encoded(
  api: Api,
  version: number,
  isRequest: boolean,
  body: unknown,
  fields: Api['request']['fields'] | null,
): Buffer {
  const input = fields === null ? body : copied(fields, body as Record<string, unknown>, version)
  const chunks = isRequest
    ? encodeRequest(api, version, { correlationId: 7, clientId: 'fuzz' }, input)
    : encodeResponse(api, version, 7, input)
  return Buffer.concat(chunks).subarray(4)
}

function decoded({ api, version, isRequest, frame }: Input): unknown {
  if (!isRequest) return decodeResponse(api, version, frame).body
  return decodeRequest(frame, (key) => (key === api.key ? api : undefined)).body
}

function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  let count = 1
  for (const one of Object.values(value)) count += countOf(one)
  return count
}

function placeOf({ api, version, isRequest }: Input): string {
  return `${api.name} v${version} ${isRequest ? 'request' : 'response'}`
}
