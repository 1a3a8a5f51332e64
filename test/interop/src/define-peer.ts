// One real peer in one file: `peers/<name>.peer.ts` calls `definePeer(import.meta.url, ...)` once. The file's name is the peer's. What came of it, ran or
// skipped and why, is written down for the runner (main.ts); without a runner the skip is a skipped test that says why.
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'
import { OUTCOMES_FOLDER } from './outcome.ts'
import type { Outcome } from './outcome.ts'

export type Found<T> =
  | {
      readonly peer: T
      /** What was really run, for the summary: `mcp 1.29.0 on Python 3.11.7`. */
      readonly version: string
    }
  | { readonly skipped: string }

export interface PeerCases<T> {
  /** Finds the peer or installs it. A reason in one line where this machine cannot have it; throws only for what is our own fault. Starts nothing. */
  readonly find: () => Promise<Found<T>>
  /** Registers the peer's tests (vitest's `it`, `beforeAll`...). Never called when it was skipped. */
  readonly cases: (peer: T) => void
}

export async function definePeer<T>(file: string, { find, cases }: PeerCases<T>): Promise<void> {
  const name = basename(fileURLToPath(file)).replace(/\.peer\.ts$/, '')
  const found = await find()
  if ('skipped' in found) {
    record({ name, skipped: oneLine(found.skipped) })
    describe.skip(name, () => it(found.skipped, () => undefined))
    return
  }
  record({ name, version: found.version })
  describe(name, () => cases(found.peer))
}

function record(outcome: Outcome): void {
  const folder = process.env[OUTCOMES_FOLDER]
  if (folder === undefined) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, `${outcome.name}.json`), JSON.stringify(outcome))
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
