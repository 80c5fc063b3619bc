import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { HttpAnswer } from '../../lib/runtime.ts'
import { post, readText } from '../../lib/wire/outside.ts'

async function endpoint(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`
}

function posted(url: string, readTimeoutMs: number | null = null): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const request = {
      url,
      headers: { Accept: 'application/json' },
      body: 'a=b',
      connectTimeoutMs: null,
      readTimeoutMs,
    }
    post(request, (error, answer) => (answer === null ? reject(error) : resolve(answer)))
  })
}

describe('a form that is posted', () => {
  it('arrives with its headers, and its answer comes back', async () => {
    const url = await endpoint((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        response.writeHead(201)
        response.end(
          `${request.method} ${request.headers.accept} ${request.headers['content-length']} ${body}`,
        )
      })
    })
    expect(await posted(url)).toEqual({ status: 201, body: 'POST application/json 3 a=b' })
  })

  it('fails if nothing listens, if the address is invalid, and if no answer arrives', async () => {
    await expect(posted('http://127.0.0.1:1/')).rejects.toThrow('ECONNREFUSED')
    await expect(posted('http://[')).rejects.toThrow('Invalid URL')
    const silent = await endpoint(() => {})
    await expect(posted(silent, 20)).rejects.toThrow('did not answer in time')
    const rude = await endpoint((request) => request.socket.destroy())
    await expect(posted(rude)).rejects.toThrow()
  })

  it('can be cancelled together with its socket, and then reports nothing', async () => {
    let gone = () => {}
    const closed = new Promise<void>((resolve) => (gone = resolve))
    const answers: unknown[] = []
    const url = await endpoint((request) => {
      request.socket.on('close', gone)
      giveUp()
    })
    const request = { url, headers: {}, body: '', connectTimeoutMs: null, readTimeoutMs: null }
    const giveUp = post(request, (...answer) => answers.push(answer))
    await closed
    await new Promise((resolve) => setImmediate(resolve))
    expect(answers).toEqual([])
    post({ ...request, url: 'http://[' }, () => answers.push('told'))()
    await new Promise((resolve) => setImmediate(resolve))
    expect(answers).toEqual([])
  })

  it('limits the size of the answer', async () => {
    const url = await endpoint((_, response) => {
      response.writeHead(200)
      const more = () => response.write(Buffer.alloc(65_536), () => setImmediate(more))
      more()
    })
    await expect(posted(url)).rejects.toThrow('more than 1048576 bytes')
  })
})

describe('a file', () => {
  it('is read unchanged', () => {
    expect(readText(new URL('../../package.json', import.meta.url).pathname)).toContain(
      '"to-kafka"',
    )
    expect(() => readText('/nowhere/at/all')).toThrow('ENOENT')
  })
})
