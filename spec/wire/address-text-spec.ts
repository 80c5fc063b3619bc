import { expect, it } from 'vitest'
import { parseAddresses } from '../../lib/config/addresses.ts'
import { addressText } from '../../lib/wire/address-text.ts'

it.each(['localhost:9092', '127.0.0.1:9092', '[::1]:9092', '[fe80::1%eth0]:9092'])(
  'an address is shown in the form of bootstrap.servers: %s',
  (entry) => {
    expect(parseAddresses([entry]).map(addressText)).toEqual([entry])
  },
)
