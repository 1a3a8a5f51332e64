// `bailiwick keys`: the key ring of the data folder. A running service sees a change within a second.
import { nowSeconds } from '@bailiwick/core'
import { openKeyRing, readKeyStates } from '@bailiwick/tokens'
import type { KeyState } from '@bailiwick/tokens'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { signingKeysOf } from '../signing-keys.ts'
import { table } from '../terminal/layout.ts'
import { absolute, both, relative } from '../terminal/time.ts'

export function listKeys(context: Context): void {
  const { terminal, clock } = context
  const { directory } = signingKeysOf(context.loadConfig())
  const { keys, refused } = readKeys(context, directory)
  if (terminal.json) return terminal.value({ directory, keys: keys.map(keyJson), refused_files: refused })
  const now = clock.nowMs()
  const when = (seconds: number | undefined): string => (seconds === undefined ? '-' : relative(seconds * 1000, now))
  const rows = keys.map((key) => [key.kid, key.state, key.algorithm, when(key.activeAt), when(key.retiresAt), when(key.verifiesUntil)])
  const columns = [
    { head: 'KEY' },
    { head: 'STATE', paint: (cell: string) => (cell.trim() === 'active' ? terminal.good(cell) : cell) },
    { head: 'ALG', drop: 2 },
    { head: 'SIGNS' },
    { head: 'STOPS', drop: 1 },
    { head: 'VERIFIES' },
  ]
  terminal.data(table(columns, rows, terminal.columns, terminal))
  for (const file of refused) terminal.say(terminal.err.bad(`${file} is no usable key: malformed, or open to others`))
}

export async function rotateKeys(context: Context): Promise<void> {
  const { terminal, clock } = context
  const config = context.loadConfig()
  const { directory, algorithm } = signingKeysOf(config)
  const before = readKeys(context, directory)
  const ring = await openKeyRing({ directory, issuer: config.issuer, algorithm, clock })
  const { kid } = await ring.rotate(nowSeconds(clock))
  await ring.close()
  const made = readKeys(context, directory).keys.find((key) => key.kid === kid)
  if (made === undefined) throw new CliError(EXIT.failure, 'the new key is not in the directory')
  const waiting = before.keys.some((key) => key.kid === kid)
  if (terminal.json) return terminal.value({ directory, key: keyJson(made), already_waiting: waiting })
  const signs = both(made.activeAt * 1000, clock.nowMs())
  terminal.data(
    `${terminal.good(waiting ? 'already waiting' : 'made')}  ${kid}  ${made.state === 'active' ? `signs since ${absolute(made.activeAt * 1000)}` : `signs from ${signs}`}`,
  )
  terminal.say('the key before it stays published until its last token has ended; for a stolen key use: bailiwick revoke key <kid> --reason "..."')
}

function readKeys(context: Context, directory: string): { readonly keys: readonly KeyState[]; readonly refused: readonly string[] } {
  const states = readKeyStates({ directory, nowSeconds: nowSeconds(context.clock) })
  if (states === undefined || (states.keys.length === 0 && states.refused.length === 0)) {
    throw new CliError(EXIT.failure, `there are no keys in ${directory} yet; the first is made at the first start`)
  }
  return states
}

function keyJson(key: KeyState): object {
  const time = (seconds: number): string => new Date(seconds * 1000).toISOString()
  return {
    kid: key.kid,
    algorithm: key.algorithm,
    state: key.state,
    created_at: time(key.createdAt),
    signs_from: time(key.activeAt),
    ...(key.retiresAt === undefined ? {} : { signs_until: time(key.retiresAt) }),
    ...(key.verifiesUntil === undefined ? {} : { verifies_until: time(key.verifiesUntil) }),
  }
}
