// Token identifiers: 128 random bits, so that no two tokens of any node share one.
import { randomBytes } from 'node:crypto'

export function newJti(): string {
  return randomBytes(16).toString('base64url')
}
