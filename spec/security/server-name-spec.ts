import { describe, expect, it } from 'vitest'
import { serverName } from '../../lib/security/server-name.ts'

describe('the server name sent to a broker', () => {
  it.each([
    ['kafka.example.com', 'kafka.example.com'],
    ['localhost', 'localhost'],
    ['b-1.2.3.4', 'b-1.2.3.4'],
    ['kafka.example.com.', 'kafka.example.com'],
    ['kafka_1.Example.com', 'kafka_1.Example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['bücher.example.', 'xn--bcher-kva.example'],
    ['127.0.0.1', ''],
    ['::1', ''],
    ['fe80::1%eth0', ''],
  ])('of %s is %o', (host, name) => {
    expect(serverName(host)).toBe(name)
  })
})
