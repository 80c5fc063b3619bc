import { describe, expect, it } from 'vitest'
import { startProducer } from '../support/scenario.ts'

describe('partitionsFor an invalid name', () => {
  it.each([null, undefined, 7, {}, ['t']])(
    'is refused, and has no other effect: %o',
    async (topic) => {
      const { producer } = await startProducer()
      await expect(producer.partitionsFor(topic as never)).rejects.toMatchObject({
        name: 'DeliveryError',
        code: 'INVALID_TOPIC_EXCEPTION',
      })
      expect((await producer.send({ topic: 't', value: 'a' })).offset).toBe(0)
    },
  )
})
