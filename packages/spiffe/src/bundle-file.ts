// The bundle of a trust domain from a file, looked at on every use and read again when it changed. A broken or older document
// never replaces a good one; a file that is gone is no bundle, and without one nobody is trusted.
import { readFileSync, statSync } from 'node:fs'
import { Fault } from '@bailiwick/core'
import { parseBundle } from './parse-bundle.ts'
import type { Bundle } from './parse-bundle.ts'

export interface BundleSource {
  /** Fault `keys`, `bundle_unreadable`, when the file is gone or cannot be read. */
  current(): Bundle
  /** Why the newest content of the file is not in use; undefined when it is. */
  problem(): string | undefined
}

/** Reads the file at once: throws a TypeError when it is no bundle, so that a start fails and not the first request. */
export function bundleFromFile(path: string): BundleSource {
  // Before the content: a change between the two shows as a new stamp.
  let stamp = stampOf(path)
  const first = parseBundle(read(path))
  if (!first.ok) throw new TypeError(`the SPIFFE bundle file is refused: ${first.problem}`)
  let bundle = first.bundle
  let problem: string | undefined

  return {
    current() {
      const now = stampOf(path)
      if (now === stamp) return bundle
      const reading = parseBundle(read(path))
      stamp = now
      problem = reading.ok ? undefined : reading.problem
      if (reading.ok && wentBack(bundle, reading.bundle)) problem = 'sequence_went_back'
      if (reading.ok && problem === undefined) bundle = reading.bundle
      return bundle
    },
    problem: () => problem,
  }
}

/** An older document, or one that dropped its order, could bring a revoked key back. */
function wentBack(before: Bundle, after: Bundle): boolean {
  return before.sequence !== undefined && (after.sequence === undefined || after.sequence < before.sequence)
}

function read(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw unreadable(cause)
  }
}

function stampOf(path: string): string {
  try {
    const stat = statSync(path, { bigint: true })
    return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`
  } catch (cause) {
    throw unreadable(cause)
  }
}

function unreadable(cause: unknown): Fault {
  return new Fault('keys', 'bundle_unreadable', 'the SPIFFE bundle file cannot be read', { cause })
}
