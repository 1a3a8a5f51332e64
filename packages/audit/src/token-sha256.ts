// How a record names a token: by its hash. No I/O.
import { createHash } from 'node:crypto'

/** SHA-256, base64url, of the token as it was sent: lets an investigator who holds a token find its records. */
export function tokenSha256(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('base64url')
}
