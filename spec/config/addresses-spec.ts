import { describe, expect, it } from 'vitest'
import { parseAddresses } from '../../lib/config/addresses.ts'

describe('parseAddresses', () => {
  it.each([
    ['localhost:9092', 'localhost', 9092],
    ['10.0.0.1:1', '10.0.0.1', 1],
    ['[::1]:9092', '::1', 9092],
    ['::1:9092', '::1', 9092],
    ['[fe80::1%eth0]:9092', 'fe80::1%eth0', 9092],
    ['PLAINTEXT://broker-1.example_net:65535', 'broker-1.example_net', 65535],
    ['://h:1', 'h', 1],
  ])('reads %s', (entry, host, port) => {
    expect(parseAddresses([entry])).toEqual([{ host, port }])
  })

  it('keeps the order of the entries', () => {
    expect(parseAddresses(['b:2', 'a:1']).map(({ host }) => host)).toEqual(['b', 'a'])
  })

  it.each([
    ['h', 'it ends without a port, as in host:9092'],
    ['h:', 'it ends without a port'],
    ['http://h:80/', 'it must not end in a slash'],
    [':9092', 'it is not host:port'],
    ['a b:1', 'it is not host:port'],
    ['héllo:1', 'it is not host:port'],
    ['//h:1', 'it is not host:port'],
    ['[::1:9092', 'it is not host:port'],
    ['h:0', 'its port is not 1 … 65535'],
    ['h:65536', 'its port is not 1 … 65535'],
    ['h:99999999999', 'its port is not 1 … 65535'],
  ])('refuses %s and says why', (entry, why) => {
    const message = `bootstrap.servers: '${entry}' is not valid: ${why}`
    expect(() => parseAddresses(['a:1', entry])).toThrow(message)
  })

  it('hides user name and password', () => {
    const read = () => parseAddresses(['SASL_SSL://me:hunter2@h:9092'])
    expect(read).toThrow(
      "'SASL_SSL://[hidden]@h:9092' is not valid: it must not contain a user name or a password",
    )
  })

  it('requires at least one address', () => {
    expect(() => parseAddresses([])).toThrow('bootstrap.servers is empty')
  })
})
