// Runs one of our TypeScript files (or an installed tool) on a bare machine: node scripts/bootstrap.mjs <file.ts> [args]
//                                                                            node scripts/bootstrap.mjs --bin <tool> [args]
// Brings the pinned Node.js where the host's is too old, installs the locked dependencies when they changed, then runs
// the child. Plain JavaScript without dependencies, for Node >= 20. Everything it says goes to stderr: stdout belongs to the child.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PNPM = 'pnpm@12.21.0'
const OLDEST_NODE = [24, 15]
const LOCK_STALE_MS = 10 * 60_000

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const runtime = join(root, 'tools/runtime')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx'

function hostIsTooOld() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  return major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])
}

/** What an installation depends on: the lockfile, every manifest, the machine kind. */
function fingerprint(files) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const file of files) if (existsSync(file)) hash.update(`${file.slice(root.length)}\n`).update(readFileSync(file))
  return hash.digest('hex')
}

function manifests() {
  const found = [join(root, 'package.json'), join(root, 'pnpm-lock.yaml'), join(root, 'pnpm-workspace.yaml'), join(root, 'bench/package.json')]
  for (const folder of ['services', 'packages', 'examples', 'test']) {
    const parent = join(root, folder)
    if (!existsSync(parent)) continue
    for (const name of readdirSync(parent).sort()) found.push(join(parent, name, 'package.json'))
  }
  return found
}

function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
  if (done.error) fail(`cannot run ${command}: ${done.error.message}`)
  if (done.status !== 0) fail(`"${command} ${args.join(' ')}" failed (exit ${done.status ?? done.signal}); its output is above`)
}

function fail(message) {
  process.stderr.write(`bailiwick: ${message}\n`)
  process.exit(1)
}

function installOnce(stamp, mark, what, install) {
  const isDone = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === mark
  if (isDone()) return
  // Two commands started together must not install into one folder at once: the second waits for the first.
  const lock = join(root, 'tools/.installing')
  const began = Date.now()
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
      if (age > LOCK_STALE_MS || Date.now() - began > LOCK_STALE_MS) rmSync(lock, { recursive: true, force: true })
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true })
  process.on('exit', release)
  if (!isDone()) {
    process.stderr.write(`bailiwick: ${what}\n`)
    install()
    mkdirSync(dirname(stamp), { recursive: true })
    writeFileSync(stamp, mark)
  }
  release()
  process.off('exit', release)
}

const path = []
if (hostIsTooOld()) {
  const mark = fingerprint([join(runtime, 'package-lock.json'), join(runtime, 'package.json')])
  installOnce(
    join(runtime, 'node_modules/.bootstrap'),
    mark,
    `Node.js ${process.versions.node} is older than ${OLDEST_NODE.join('.')}; fetching the pinned one (once, ~60 MB)`,
    () => run(npm, ['ci', '--no-audit', '--no-fund', '--loglevel=error'], runtime),
  )
  path.push(join(runtime, 'node_modules/.bin'))
}
const mark = fingerprint(manifests())
installOnce(join(root, 'node_modules/.bootstrap'), mark, 'installing the locked dependencies (once, under a minute)', () =>
  run(npx, ['--yes', PNPM, 'install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=warn'], root),
)
path.push(join(root, 'node_modules/.bin'))

const [first, ...rest] = process.argv.slice(2)
if (first === undefined) fail('usage: node scripts/bootstrap.mjs <file.ts> [args] | --bin <tool> [args]')
// A young generation of V8's own choice keeps up to 100 MB of short-lived objects for no gain here; and its own four threads take every core for a tenth of a
// second where they collect garbage or compile, so that decisions wait (docs/performance.md).
const args = first === '--bin' ? rest : ['--max-semi-space-size=8', '--v8-pool-size=1', join(root, first), ...rest]
const env = { ...process.env, PATH: [...path, process.env.PATH ?? ''].join(delimiter) }
// Our own .ts files only: with the code and its stripped types kept, a start takes half the time and some 30 MB less, as the stripper is not loaded.
if (first !== '--bin') env.NODE_COMPILE_CACHE ??= join(root, 'node_modules/.cache/node')
// glibc keeps a heap per thread otherwise, and gives little of it back.
if (first !== '--bin') env.MALLOC_ARENA_MAX ??= '2'
const command = first === '--bin' ? args.shift() : 'node'
const child = spawn(command, args, { stdio: 'inherit', env, shell: process.platform === 'win32' })
child.on('error', (error) => fail(`cannot run ${command}: ${error.message}`))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
// npm runs us below a shell, and a shell that is ended tells nobody: whoever ended npm meant the child, which would go on holding its ports.
const parent = process.ppid
setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 500).unref()
child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal ? constants.signals[signal] : 1)))
