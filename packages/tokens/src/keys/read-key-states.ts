// The keys of a directory as an operator looks at them: which one signs, since when, how long the others stay. Reads only: makes no
// directory and no key, hands out nothing private. Signs and verifies nothing.
import { statSync } from 'node:fs'
import { readKeyDirectory } from './key-directory.ts'
import { DEFAULT_MAX_LIFETIME_SECONDS } from './key-ring.ts'
import { SKEW_SECONDS } from './verify-own.ts'
import { activeKey, endOfSigning, isPublished } from './signing-key.ts'
import type { SigningAlgorithm } from './signing-key.ts'

export interface KeyState {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  /** `next` is published and waits for its turn; `retired` still verifies; `spent` verifies nothing any more and goes at the next rotation. */
  readonly state: 'next' | 'active' | 'retired' | 'spent'
  readonly createdAt: number
  readonly activeAt: number
  /** When it stops or stopped signing. */
  readonly retiresAt?: number
  /** Until when its tokens are accepted. */
  readonly verifiesUntil?: number
}

export interface KeyStates {
  /** Newest first. */
  readonly keys: readonly KeyState[]
  /** Files that should be keys and are not: malformed, or open to others. */
  readonly refused: readonly string[]
}

/** Undefined where there is no such directory: it is made at the first start. Fault `keys` when it cannot be read. */
export function readKeyStates(options: {
  readonly directory: string
  readonly nowSeconds: number
  readonly maxLifetimeSeconds?: number
}): KeyStates | undefined {
  const { directory, nowSeconds } = options
  if (statSync(directory, { throwIfNoEntry: false }) === undefined) return undefined
  const { keys, refused } = readKeyDirectory(directory)
  const keepSeconds = (options.maxLifetimeSeconds ?? DEFAULT_MAX_LIFETIME_SECONDS) + SKEW_SECONDS
  const active = activeKey(keys, nowSeconds)
  const states = keys.map((key): KeyState => {
    const end = endOfSigning(key, keys)
    const waiting = key.activeAt > nowSeconds ? 'next' : 'retired'
    return {
      kid: key.kid,
      algorithm: key.algorithm,
      state: key === active ? 'active' : isPublished(key, keys, nowSeconds, keepSeconds) ? waiting : 'spent',
      createdAt: key.createdAt,
      activeAt: key.activeAt,
      ...(end === undefined ? {} : { retiresAt: end, verifiesUntil: end + keepSeconds }),
    }
  })
  return { keys: states.toSorted((a, b) => b.activeAt - a.activeAt || (a.kid < b.kid ? 1 : -1)), refused }
}
