// How a record names a token: by its hash. No I/O.
import { hash } from 'node:crypto'

/** SHA-256, base64url, of the token as it was sent: lets an investigator who holds a token find its records. */
export function tokenSha256(token: string): string {
  return hash('sha256', token, 'base64url')
}
