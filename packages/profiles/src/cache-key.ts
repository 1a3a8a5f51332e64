// The key of one subject at one source, as configured. Every part that could make the answer another one is in it, each with its length, so
// that no two lists of parts run together; nothing is cut. No I/O.
import { createHash } from 'node:crypto'
import type { ProfileSourceConfig } from '@bailiwick/config'
import type { SubjectRef } from './source.ts'

/** Secrets are part of what a source is, so they are hashed with the rest; the hash never leaves the process. */
export function configHash(config: ProfileSourceConfig): string {
  return createHash('sha256').update(JSON.stringify(config), 'utf8').digest('base64url')
}

/** Readable, not hashed: it is made on every decision, and the entry it names holds the subject anyway. */
export function cacheKey(configuration: string, { iss, sub }: SubjectRef): string {
  return `${configuration.length}:${configuration}${iss.length}:${iss}${sub.length}:${sub}`
}
