// Two kinds of transactional producers behind one interface, Apache's (java/TransactionTurns.java)
// and ours, and the game that a pair of them plays with one transactional.id: a producer that
// begins ends the transaction of the other. The result of each move is a word, so that the games of
// all pairs can be compared.

import { KafkaProducer, type Transaction } from 'to-kafka'
import type { JavaServant } from './java-servant.ts'

/** Where a game is played: its own name and partition. */
export interface Board {
  readonly bootstrapServers: string
  readonly transactionalId: string
  readonly topic: string
  readonly partition: number
}

export interface Player {
  init(): Promise<void>
  begin(): Promise<void>
  send(value: string): Promise<void>
  commit(): Promise<void>
  abort(): Promise<void>
  close(): Promise<void>
}

export type Opens = (board: Board) => Promise<Player>

const moves = [
  ['old', 'init'],
  ['old', 'begin'],
  ['old', 'send', 'old: committed'],
  ['old', 'commit'],
  ['old', 'begin'],
  ['old', 'send', 'old: left open'],
  ['young', 'init'], // ends it
  ['old', 'commit'],
  ['old', 'begin'],
  ['young', 'begin'],
  ['young', 'send', 'young: committed'],
  ['young', 'commit'],
  ['young', 'begin'],
  ['young', 'send', 'young: aborted'],
  ['young', 'abort'],
  ['young', 'begin'],
  ['young', 'send', 'young: left open'],
  ['third', 'init'], // as the old one comes back
  ['young', 'send', 'young: too late'],
  ['young', 'abort'],
  ['young', 'begin'],
  ['third', 'begin'],
  ['third', 'send', 'third: committed'],
  ['third', 'commit'],
] as const

/** Plays it to its end; returns each move and its result: `done`, `fenced`, or another error. */
export async function play(board: Board, first: Opens, second: Opens): Promise<string[]> {
  const [old, young, third] = await Promise.all([first(board), second(board), first(board)])
  const players = { old, young, third }
  const told: string[] = []
  for (const [who, move, value = ''] of moves) {
    const how = await players[who][move](value).then(
      () => 'done',
      (error: unknown) => wordOf(error),
    )
    told.push(`${who} ${move}: ${how}`)
  }
  await Promise.all([old, young, third].map((player) => player.close()))
  return told
}

/** A fence has several names, by the refused request, in both producers. */
function wordOf(error: unknown): string {
  const said: string[] = []
  for (let at = error; at instanceof Error; at = at.cause) {
    said.push(`${'code' in at ? at.code : ''} ${at.message}`)
  }
  const isFenced =
    /\b(FENCED|PRODUCER_FENCED|INVALID_PRODUCER_EPOCH)\b|ProducerFenced|ProducerEpoch/
  return isFenced.test(said.join()) ? 'fenced' : said.join()
}

/** Apache's producers: each has a name in the program. */
export function javaPlayers(servant: JavaServant): Opens {
  let opened = 0
  return async ({ transactionalId: id, topic, partition }) => {
    opened += 1
    const who = `${id}-${opened}`
    await servant.ask({ do: 'open', who, id })
    const ask = async (move: string, more: object = {}) => {
      await servant.ask({ do: move, who, ...more })
    }
    return {
      init: () => ask('init'),
      begin: () => ask('begin'),
      send: (value) => ask('send', { topic, partition, value }),
      commit: () => ask('commit'),
      abort: () => ask('abort'),
      close: async () => {}, // with the program
    }
  }
}

/** Ours: a transaction runs in a function, which here waits for the next move. */
export const ours: Opens = async (board) => new OurPlayer(board)

class OurPlayer implements Player {
  readonly #board: Board
  readonly #producer: KafkaProducer
  #tx: Transaction | null = null
  #ended: Promise<void> = Promise.resolve()
  #decide: (how: 'commit' | 'abort') => void = () => {}

  constructor(board: Board) {
    this.#board = board
    this.#producer = new KafkaProducer({
      'bootstrap.servers': board.bootstrapServers,
      'transactional.id': board.transactionalId,
      'linger.ms': 0,
    })
  }

  init(): Promise<void> {
    return this.#producer.initTransactions()
  }

  begin(): Promise<void> {
    return new Promise((begun, refused) => {
      const decided = new Promise<'commit' | 'abort'>((resolve) => {
        this.#decide = resolve
      })
      this.#ended = this.#producer.transaction(async (tx) => {
        this.#tx = tx
        begun()
        if ((await decided) === 'abort') throw new Aborted()
      })
      this.#ended.catch(refused)
    })
  }

  async send(value: string): Promise<void> {
    const { topic, partition } = this.#board
    await this.#tx?.send({ topic, partition, value })
  }

  commit(): Promise<void> {
    this.#decide('commit')
    return this.#ended
  }

  abort(): Promise<void> {
    this.#decide('abort')
    return this.#ended.catch((error: unknown) => {
      if (!(error instanceof Aborted)) throw error
    })
  }

  close(): Promise<void> {
    return this.#producer.close({ timeout: 0 })
  }
}

class Aborted extends Error {}
