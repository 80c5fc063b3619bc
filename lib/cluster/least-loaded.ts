import type { Random } from '../runtime.ts'
import type { Node } from './node.ts'

// Chooses the broker for a request that any broker can answer: the one with the least to do. Pure except
// for one random number, so that not every client asks the same broker.

export type Choice =
  /** It can take a request now. */
  | { readonly kind: 'usable'; readonly node: Node }
  /** One is connecting already, so no other needs to. */
  | { readonly kind: 'connecting' }
  /** None is usable, and this one may be connected to. */
  | { readonly kind: 'connectable'; readonly node: Node }
  /** Wait, for a slot or until one may be connected to. */
  | { readonly kind: 'none' }

export function leastLoaded(nodes: readonly Node[], now: number, random: Random): Choice {
  const offset = nodes.length > 1 ? Math.floor(random() * nodes.length) : 0
  let usable: Node | null = null
  let connectable: Node | null = null
  for (let index = 0; index < nodes.length; index += 1) {
    const node = nodes[(offset + index) % nodes.length]!
    if (node.canSend(now)) {
      if (usable === null || inFlight(node) < inFlight(usable)) usable = node
    } else if (node.canConnect(now)) {
      if (connectable === null || node.lastAttempt < connectable.lastAttempt) connectable = node
    }
  }
  if (usable !== null) return { kind: 'usable', node: usable }
  if (nodes.some((node) => node.isConnecting)) return { kind: 'connecting' }
  if (connectable !== null) return { kind: 'connectable', node: connectable }
  return { kind: 'none' }
}

function inFlight(node: Node): number {
  return node.connection?.inFlight ?? 0
}

/** The node with the least to do that can take a request now, preferably `best`; null: none. */
export function readiest(nodes: readonly Node[], now: number, best: Node | null): Node | null {
  let choice: Node | null = null
  for (const node of nodes) {
    if (!node.canSend(now)) continue
    if (node === best) return node
    if (choice === null || inFlight(node) < inFlight(choice)) choice = node
  }
  return choice
}
