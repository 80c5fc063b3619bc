import { type AnyKafkaError, type DeliveryErrorCode, isKafkaError } from 'to-kafka'

// What TypeScript knows of an error once it is known to be one of this package. Compiled, never
// run.

export function known(error: unknown): string {
  if (!isKafkaError(error)) return ''
  // @ts-expect-error: no error has this code
  if (error.code === 'DELIVERY_TIMEDOUT') return ''
  if (error.code === 'SERIALIZER_FAILED') return error.persisted
  if (error.name === 'ConnectionError') return error.address ?? ''
  if (error.name === 'DeliveryError') {
    const code: DeliveryErrorCode = error.code
    return code
  }
  const rest: Exclude<AnyKafkaError, { name: 'DeliveryError' | 'ConnectionError' }> = error
  return rest.message
}
