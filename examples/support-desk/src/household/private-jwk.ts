// A private key of the support desk in a file.
import { readFileSync } from 'node:fs'
import type { JWK } from 'jose'
import { z } from 'zod'

/** Throws where there is none. What kind of key it is, is checked by whoever uses it. */
export function readPrivateJwk(file: string): JWK {
  return z.looseObject({ kty: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8')))
}
