// The signing keys: that one signs, that every file is one, and how old the signing one is. Reads no private part into any message.
import type { BailiwickConfig } from '@bailiwick/config'
import { readKeyStates } from '@bailiwick/tokens'
import { absolute, duration } from '../terminal/time.ts'
import { codeOf } from './finding.ts'
import type { Recorder } from './finding.ts'

const DAY = 86_400
/** A usual interval for keys that sign by the thousand and lie on a disk. */
const ROTATE_AFTER_DAYS = 90

export function checkKeys({ keys }: BailiwickConfig, nowSeconds: number, found: Recorder): void {
  if (keys.kind === 'jwks')
    return found.advice('keys.present', `this node verifies with ${keys.url}, and signs nothing`, { costs: 'nothing: the keys are checked where they lie' })
  const { directory, algorithm } = keys
  let states: ReturnType<typeof readKeyStates>
  try {
    states = readKeyStates({ directory, nowSeconds })
  } catch (error) {
    return found.unknown('keys.present', `${directory} cannot be read (${codeOf(error)})`, { costs: 'without keys no token is issued and none verifies' })
  }
  if (states === undefined || (states.keys.length === 0 && states.refused.length === 0)) {
    return found.advice('keys.present', `no keys in ${directory} yet`, { costs: 'nothing: the first start makes one' })
  }
  if (states.refused.length > 0) {
    found.refuse('keys.files', `no usable keys: ${states.refused.join(', ')}`, {
      costs: 'the service does not start, and while it runs it is not ready',
      mend: 'chmod 600 them, or take what is no key out of the folder',
    })
  } else found.ok('keys.files', 'every key file is a whole key with its own name')
  const active = states.keys.find((key) => key.state === 'active')
  if (active === undefined) {
    return found.refuse('keys.present', 'no key may sign now', { costs: 'no token is issued', mend: 'bailiwick keys rotate' })
  }
  found.ok('keys.present', `${active.kid} (${active.algorithm}) signs, ${states.keys.length} ${states.keys.length === 1 ? 'key' : 'keys'} in all`)
  if (active.algorithm !== algorithm) {
    found.warn('keys.algorithm', `the active key is ${active.algorithm}, the configuration says ${algorithm}`, {
      costs: 'the setting takes effect only with the next key',
      mend: 'bailiwick keys rotate',
    })
  }
  const age = Math.max(0, nowSeconds - active.activeAt)
  const says = `signing since ${absolute(active.activeAt * 1000)} (${duration(age)})`
  if (age > ROTATE_AFTER_DAYS * DAY) {
    found.warn('keys.age', says, {
      costs: 'the older a key, the more copies of it lie in backups',
      mend: `bailiwick keys rotate; every ${ROTATE_AFTER_DAYS} days is usual`,
    })
  } else found.ok('keys.age', `${says}; rotate before ${absolute((active.activeAt + ROTATE_AFTER_DAYS * DAY) * 1000).slice(0, 10)}`)
}
