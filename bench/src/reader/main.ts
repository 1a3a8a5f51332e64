// `npm run bench:reader`: what the strict reader costs beside `JSON.parse` of the same body, for bodies of 2 kB, 256 kB and 16 MiB. `JSON.parse` is given text that is
// already decoded; the reader begins with bytes. Judges nothing by exit code.
import { performance } from 'node:perf_hooks'
import { parseStrictJson, reserveKeys } from '@bailiwick/json'
import { measure, median } from './measure.ts'
import { shapesOf, worstShapesOf } from './shapes.ts'
import type { Shape } from './shapes.ts'

const SIZES = [
  { bytes: 2 * 1024, batches: 2_000, perBatch: 10 },
  { bytes: 256 * 1024, batches: 60, perBatch: 1 },
] as const
const LARGEST_BYTES = 16 * 1024 * 1024
const LARGEST_TIMES = 7
const OPTIONS = { reservedKeys: reserveKeys(['jsonrpc', 'id', 'method', 'params', 'result', 'error']), keepLexemes: ['id'] }

for (const { bytes, batches, perBatch } of SIZES) {
  say('')
  say(`${bytes / 1024} kB, medians of ${batches} batches`)
  say(row('shape', 'reader us', 'JSON.parse us', 'times'))
  for (const { name, text } of shapesOf(bytes)) {
    const body = bodyOf({ name, text })
    const { oursUs, nativeUs } = measure({ ours: () => parseStrictJson(body, OPTIONS), native: (): unknown => JSON.parse(text) }, batches, perBatch)
    say(row(name, oursUs.toFixed(1), nativeUs.toFixed(1), (oursUs / nativeUs).toFixed(2)))
  }
}
say('')
say(`16 MiB or 499,000 values, medians of ${LARGEST_TIMES}`)
say(row('shape', 'reader ms', 'CPU ms', 'MB'))
for (const shape of worstShapesOf(LARGEST_BYTES)) {
  const body = bodyOf(shape)
  const wallMs: number[] = []
  const cpuMs: number[] = []
  for (let turn = 0; turn < LARGEST_TIMES; turn++) {
    const cpu = process.cpuUsage()
    const from = performance.now()
    parseStrictJson(body, OPTIONS)
    wallMs.push(performance.now() - from)
    const { user, system } = process.cpuUsage(cpu)
    cpuMs.push((user + system) / 1000)
  }
  say(row(shape.name, median(wallMs).toFixed(0), median(cpuMs).toFixed(0), (body.length / 1e6).toFixed(1)))
}

function bodyOf({ name, text }: Shape): Buffer {
  const body = Buffer.from(text)
  const read = parseStrictJson(body, OPTIONS)
  if (!read.ok) throw new Error(`${name}: refused, ${read.problem.class} at ${read.problem.offset}`)
  return body
}

function row(name: string, ...cells: readonly string[]): string {
  return `${name.padEnd(34)}${cells.map((cell) => cell.padStart(14)).join('')}`
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
