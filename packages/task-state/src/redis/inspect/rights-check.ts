// What the user of the store may do beyond what it needs. Each command is named inside a transaction that is then thrown away: the server says whether it
// would take it, and nothing is ever run.
import type { Session } from '../link.ts'
import { check } from './store-check.ts'
import type { Expectation, StoreCheck } from './store-check.ts'

const TOO_MUCH: readonly (readonly [command: string, ...args: string[]])[] = [
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['CONFIG', 'SET', 'save', ''],
  ['SCRIPT', 'FLUSH'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['DEBUG', 'SLEEP', '0'],
  ['ACL', 'SETUSER', 'bailiwick-probe'],
]

const RIGHTS: Expectation = {
  item: 'rights',
  required: 'no FLUSHALL, FLUSHDB, CONFIG SET, SCRIPT, REPLICAOF, DEBUG, ACL',
  costs: 'whoever gets the password can empty the store or change what it promises',
  otherwise: 'warn',
}
const PREFIX: Expectation = {
  item: 'keys',
  required: 'no key outside the namespace',
  costs: 'whoever gets the password reads and changes what else is on this server',
  otherwise: 'warn',
}

/** On a connection of its own: it is in a transaction meanwhile. */
export async function checkRights(session: Session): Promise<readonly StoreCheck[]> {
  if (!(await takes(session, 'MULTI'))) return [check(RIGHTS, undefined, false), check(PREFIX, undefined, false)]
  const allowed: string[] = []
  for (const [command, ...args] of TOO_MUCH) if (await takes(session, command, ...args)) allowed.push([command, ...args.slice(0, 1)].join(' '))
  const outside = await takes(session, 'EXISTS', 'bailiwick-outside-of-every-namespace')
  await takes(session, 'DISCARD')
  return [
    check(RIGHTS, allowed.length === 0 ? 'none of them' : allowed.join(', '), allowed.length === 0),
    check(PREFIX, outside ? 'any key' : 'only its own', !outside),
  ]
}

async function takes(session: Session, command: string, ...args: string[]): Promise<boolean> {
  try {
    await session.call(command, ...args)
    return true
  } catch {
    return false
  }
}
