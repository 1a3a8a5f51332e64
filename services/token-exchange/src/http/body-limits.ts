// How much a caller may send before anything is looked at.
import type { LimitsConfig } from '@bailiwick/config'

/** Client assertion, subject token, actor token. */
const TOKENS_PER_REQUEST = 3
/** Everything that is not a token: types, resources, scopes. */
const OTHER_BYTES = 16 * 1024

export function maxRequestBytes({ tokenBytes }: Pick<LimitsConfig, 'tokenBytes'>): number {
  return TOKENS_PER_REQUEST * tokenBytes + OTHER_BYTES
}
