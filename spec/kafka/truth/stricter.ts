// Where the mock cluster refuses on purpose what Kafka accepts: by case, with the reason. What a
// producer has no reason to send should not pass in a test, above all what Kafka repairs or drops
// silently.

const lost = 'Kafka takes the first batch and drops what follows it, with no word'
const renumbered = 'Kafka writes 0, 1, 2, … over them: a client that counts wrongly would pass'

export const stricter: Readonly<Record<string, string>> = {
  'a batch and a half': lost,
  'a batch and a few bytes': lost,
  'offset deltas with a hole': renumbered,
  'offset deltas out of order': renumbered,
  'a wrong maximum timestamp': 'Kafka writes the right one over it',
  'the bit of log append time': 'Kafka clears it, and keeps the time of the records',
  'a producer without an epoch':
    'Kafka takes the batch as one of no producer, so it may be there twice',
  'a partition listed twice': 'Kafka appends the last batch, loses the first, and answers once',
}
