// Access to the token endpoints and files of OAUTHBEARER.

import { readFileSync } from 'node:fs'
import type { HttpAnswer, HttpPost } from '../runtime.ts'
import { nodeTimers } from './node-time.ts'

/** More than any answer with a token has. */
const answerBytesMax = 1_048_576
/** If no timeout is set. Java waits forever. */
const patienceMs = 30_000

/**
 * Posts a form; `done` is called once, never inside this call. Returns a function that cancels: the socket
 * is closed, and `done` is not called.
 */
export function post(
  { url, headers, body, connectTimeoutMs, readTimeoutMs, tls }: HttpPost,
  done: (error: unknown, answer: HttpAnswer | null) => void,
): () => void {
  let isOver = false
  let isGivenUp = false
  let close = () => {}
  const end = (error: unknown, answer: HttpAnswer | null) => {
    if (isOver) return
    isOver = true
    nodeTimers.setImmediate(() => {
      if (!isGivenUp) done(error, answer)
    })
  }
  try {
    // Loaded when needed: most producers never request a token.
    const { request: open } = process.getBuiltinModule(
      url.startsWith('https:') ? 'node:https' : 'node:http',
    ) as typeof import('node:http')
    const options = {
      ...tls,
      method: 'POST',
      headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      timeout: readTimeoutMs ?? patienceMs,
      agent: false,
    } as const
    const sent = open(url, options, (answer) => {
      const chunks: Buffer[] = []
      let held = 0
      answer.on('data', (chunk: Buffer) => {
        held += chunk.byteLength
        if (held > answerBytesMax)
          sent.destroy(new Error(`the answer has more than ${answerBytesMax} bytes`))
        else chunks.push(chunk)
      })
      answer.on('end', () => {
        end(null, { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() })
      })
      answer.on('error', (error) => end(error, null))
    })
    close = () => void sent.destroy()
    const connecting = nodeTimers.setTimeout(() => {
      sent.destroy(new Error('it did not accept the connection in time'))
    }, connectTimeoutMs ?? patienceMs)
    sent.on('socket', (socket) => {
      socket.once('connect', () => nodeTimers.clearTimeout(connecting))
    })
    sent.on('timeout', () => sent.destroy(new Error('it did not answer in time')))
    sent.on('error', (error) => end(error, null))
    sent.on('close', () => {
      nodeTimers.clearTimeout(connecting)
      end(new Error('it closed the connection'), null)
    })
    sent.end(body)
  } catch (error) {
    end(error, null)
  }
  return () => {
    isGivenUp = true
    close()
  }
}

/** The text of a file. Throws Node's error. */
export function readText(path: string): string {
  return readFileSync(path, 'utf8')
}
