// npm run check: format, lint, the layer rules and the proof that they bite, no slow pattern, what documents say of this repository, types, unused code. Runs every
// part, prints one line each and all that failed, and exits non-zero if anything did. Runs no tests. `npm run check -- lint types` runs only those.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { checkDocuments } from './check-documents.ts'
import { checkFixtures } from './check-fixtures.ts'
import { checkLayers } from './check-layers.ts'
import { checkPatterns } from './check-patterns.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Outcome {
  readonly ok: boolean
  /** What to show when it is not. */
  readonly text: string
}

interface Part {
  readonly name: string
  readonly run: () => Promise<Outcome>
}

const tool = (name: string, ...args: string[]): Part['run'] => {
  return () =>
    new Promise((settle) => {
      const child = spawn(name, args, {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
        shell: process.platform === 'win32',
        env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
      })
      const chunks: Buffer[] = []
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
      child.on('error', (error) => settle({ ok: false, text: `cannot run ${name}: ${error.message}` }))
      child.on('close', (code) => settle({ ok: code === 0, text: Buffer.concat(chunks).toString('utf8') }))
    })
}

const ours = (check: () => readonly string[]): Part['run'] => {
  return async () => {
    const problems = check()
    return { ok: problems.length === 0, text: problems.join('\n') }
  }
}

const parts: readonly Part[] = [
  { name: 'format', run: tool('oxfmt', '--check', '.') },
  { name: 'lint', run: tool('oxlint', '--type-aware', '--deny-warnings') },
  { name: 'layers', run: ours(() => checkLayers(root).map((found) => `${found.file}:${found.line}  ${found.problem}`)) },
  { name: 'layer fixtures', run: ours(() => checkFixtures(root)) },
  { name: 'patterns', run: ours(() => checkPatterns(root).map((found) => `${found.file}:${found.line}  ${found.problem}`)) },
  { name: 'documents', run: ours(() => checkDocuments(root)) },
  { name: 'types', run: tool('tsc', '--noEmit', '-p', '.') },
  { name: 'unused', run: tool('knip', '--no-progress') },
]

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !parts.some((part) => part.name === name))
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${parts.map((part) => part.name).join(', ')}`)
  process.exit(2)
}
const failures: { readonly name: string; readonly text: string }[] = []
for (const part of parts) {
  if (wanted.length > 0 && !wanted.includes(part.name)) continue
  const began = performance.now()
  let outcome: Outcome
  try {
    outcome = await part.run()
  } catch (error) {
    outcome = { ok: false, text: String(error) }
  }
  console.log(`${outcome.ok ? 'ok  ' : 'FAIL'} ${part.name.padEnd(14)} ${((performance.now() - began) / 1000).toFixed(1)} s`)
  if (!outcome.ok) failures.push({ name: part.name, text: outcome.text })
}
for (const { name, text } of failures) console.log(`\n--- ${name}\n${text.trim()}`)
process.exit(failures.length === 0 ? 0 : 1)
