// How often each tool of a server ran, in a file of a volume: so that the story can show that a denied call reached nobody, without a way to the server.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'

const counts = z.record(z.string(), z.number())

/** Whole before the call is answered. */
export function writeCalls(stage: string, server: string, calls: Readonly<Record<string, number>>): void {
  const file = fileOf(stage, server)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(calls))
  renameSync(`${file}.new`, file)
}

/** Throws where the server never wrote: a missing count must not pass for none. */
export function readCalls(stage: string, server: string, tool: string): number {
  return counts.parse(JSON.parse(readFileSync(fileOf(stage, server), 'utf8')))[tool] ?? 0
}

function fileOf(stage: string, server: string): string {
  return join(stage, 'calls', `${server}.json`)
}
