// npm run interop: Bailiwick against real peers, one file each in peers/. Prints per peer what ran, or that it was skipped and why. A skip passes unless
// the peer is required: `npm run interop -- --require mcp-python,envoy`. `npm run interop -- envoy` runs that one; `--engine docker` or `podman` says what runs
// the containers.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { WANTED_ENGINE } from './containers/engine.ts'
import { judgeRun } from './judge-run.ts'
import type { PeerTests } from './judge-run.ts'
import { parseOptions, usage } from './options.ts'
import type { Options } from './options.ts'
import { OUTCOME, OUTCOMES_FOLDER } from './outcome.ts'
import type { Outcome } from './outcome.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const PEERS = 'test/interop/src/peers'
const SUFFIX = '.peer.ts'
const REPORT = 'report.json'

/** Of vitest's JSON reporter. */
const REPORTED = z.object({
  testResults: z.array(z.object({ name: z.string(), status: z.string(), assertionResults: z.array(z.object({ status: z.string() })) })),
})

const existing = readdirSync(join(ROOT, PEERS))
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => basename(file, SUFFIX))
  .sort()
const args = process.argv.slice(2)
const options = parseOptions(args, existing)
if (args.includes('--help')) process.stdout.write(`${usage(existing)}\n`)
else if (typeof options === 'string') {
  process.stderr.write(`interop: ${options}\n\n${usage(existing)}\n`)
  process.exitCode = 2
} else {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-interop-'))
  try {
    const ended = await runVitest(folder, options)
    const { ok, lines } = judgeRun({ ...options, outcomes: readOutcomes(folder), tests: readTests(folder) })
    process.stdout.write(`\n${lines.join('\n')}\n`)
    process.exitCode = ok && ended === 0 ? 0 : 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runVitest(folder: string, { peers, engine }: Options): Promise<number> {
  const files = peers.map((name) => `${PEERS}/${name}${SUFFIX}`)
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${join(folder, REPORT)}`]
  const child = spawn('vitest', ['run', '--config', 'test/interop/vitest.config.ts', ...reporters, ...files], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, [OUTCOMES_FOLDER]: folder, ...(engine === undefined ? {} : { [WANTED_ENGINE]: engine }) },
    shell: process.platform === 'win32',
  })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}

function readOutcomes(folder: string): ReadonlyMap<string, Outcome> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.json') && file !== REPORT)
  const outcomes = files.map((file) => OUTCOME.parse(JSON.parse(readFileSync(join(folder, file), 'utf8'))))
  return new Map(outcomes.map((outcome) => [outcome.name, outcome]))
}

function readTests(folder: string): ReadonlyMap<string, PeerTests> {
  const { testResults } = REPORTED.parse(JSON.parse(readFileSync(join(folder, REPORT), 'utf8')))
  return new Map(
    testResults.map(({ name, status: outcome, assertionResults }) => {
      const count = (status: string): number => assertionResults.filter((each) => each.status === status).length
      // Where a suite could not be set up its tests are not run, and none of them failed.
      return [basename(name, SUFFIX), { passed: count('passed'), failed: Math.max(count('failed'), outcome === 'failed' ? 1 : 0) }]
    }),
  )
}
