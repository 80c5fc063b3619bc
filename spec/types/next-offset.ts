// Compiled, never run: the next offset has the type of the given one.

import { map, type Observable } from 'rxjs'
import { type MessagePosition, nextOffset } from 'to-kafka'

declare const position: MessagePosition
declare const kafkajs$: Observable<{ readonly partition: number; readonly offset: string }>
declare const platformatic$: Observable<{ readonly partition: number; readonly offset: bigint }>

const digits: Observable<string> = kafkajs$.pipe(map((message) => nextOffset(message)))
const wide: Observable<bigint> = platformatic$.pipe(map((message) => nextOffset(message)))
const exact: number = nextOffset({ offset: 5 })
const any: number | bigint | string = nextOffset(position)

// @ts-expect-error: a position has an offset
nextOffset({ partition: 0 })
// @ts-expect-error: the offset itself is no position
nextOffset(5)
// @ts-expect-error: digits stay digits
const wrong: number = nextOffset({ offset: '5' })

export { any, digits, exact, wide, wrong }
