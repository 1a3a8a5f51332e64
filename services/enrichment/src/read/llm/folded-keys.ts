// Looking for folded keys in many objects of one shape. Folding costs more than reading does, and messages repeat their keys.
import type { JsonObject } from '@bailiwick/core'
import { findFoldedKey } from '@bailiwick/json'
import type { ReservedKeys } from '@bailiwick/json'

/** So many different keys are remembered; what lies behind them is folded each time. */
const MAX_REMEMBERED = 256

/** For the length of one body: it remembers the caller's keys. */
export function createFoldCheck(reserved: ReservedKeys): (object: JsonObject) => boolean {
  const harmless = new Set<string>()
  return (object) => {
    for (const key in object) {
      if (harmless.has(key)) continue
      if (findFoldedKey({ [key]: null }, reserved) !== undefined) return true
      if (harmless.size < MAX_REMEMBERED) harmless.add(key)
    }
    return false
  }
}
