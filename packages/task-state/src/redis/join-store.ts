// The two questions a node asks before it answers any: which store is this, and has everybody put back what they recorded.
import { randomUUID } from 'node:crypto'
import type { Clock, StoreMark } from '@bailiwick/core'
import { corrupt } from '../corrupt.ts'
import { digestOf } from './keys.ts'
import type { Session } from './link.ts'
import { GATE, JOIN } from './lua/join.ts'
import type { RedisSettings } from './options.ts'
import { flagAt, integerAt, listOf, textAt } from './reply.ts'
import type { ServerInfo } from './server-info.ts'
import { storeFault } from './store-fault.ts'
import { argumentsOf } from './view.ts'
import type { View } from './view.ts'

export interface JoinInput {
  readonly session: Session
  readonly head: string
  readonly settings: RedisSettings
  readonly clock: Clock
  readonly info: ServerInfo
  /** The furthest this node knows the store to have been. */
  readonly mark: StoreMark | undefined
  /** The highest epoch this node recorded an act in. */
  readonly highest: number
  /** Up to where nothing can have been lost that was confirmed. */
  readonly floor: StoreMark | undefined
}

export interface Joined {
  readonly storeId: string
  readonly epoch: number
  readonly revision: number
  /** A new epoch was begun, or another node has begun it, because the store may have lost something. */
  readonly lost: boolean
}

export async function join(input: JoinInput): Promise<Joined> {
  const { settings, info, mark, floor } = input
  const { db } = settings.target
  const args = [
    `store_${randomUUID().replaceAll('-', '')}`,
    info.incarnation,
    ...markArguments(mark),
    Math.max(input.highest, mark?.revision.epoch ?? 0),
    ...markArguments(floor),
    Math.ceil(input.clock.nowMs() / 1000),
    db,
    info.databases.filter((other) => other !== db).join(' '),
  ]
  const reply = await input.session.run(JOIN, input.head, args)
  if (!Array.isArray(reply)) throw corrupt('join')
  if (reply[0] === 'wrong_db') throw storeFault('store_wrong_db', 'the store is in another database of this server; two stores need two namespaces')
  const joined = listOf(reply, 5)
  if (textAt(joined, 0) !== 'joined') throw corrupt('join')
  return { storeId: textAt(joined, 1), epoch: integerAt(joined, 2), revision: integerAt(joined, 3), lost: flagAt(joined, 4) }
}

function markArguments(mark: StoreMark | undefined): readonly (string | number)[] {
  return mark === undefined ? ['', 0, 0] : [mark.storeId, mark.revision.epoch, mark.revision.revision]
}

export interface GateInput {
  readonly session: Session
  readonly head: string
  readonly settings: RedisSettings
  readonly view: View
}

/** Marks this node as done in this epoch, and names the control instances that are not. */
export async function missingControls({ session, head, settings, view }: GateInput): Promise<readonly string[]> {
  const names = new Map(settings.controls.map((control) => [digestOf(control), control]))
  // Others come and go under new names; each would leave a mark for ever.
  const mine = settings.controls.includes(settings.nodeId) ? digestOf(settings.nodeId) : ''
  const reply = await session.run(GATE, head, [...argumentsOf(view), mine, [...names.keys()].join(' ')])
  if (!Array.isArray(reply)) throw corrupt('gate')
  return reply.map((missing) => names.get(String(missing)) ?? 'unknown')
}
