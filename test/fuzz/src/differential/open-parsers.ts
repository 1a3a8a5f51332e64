// The parsers this machine has: V8 always, Python, Go and Rust where their tools are. Programs are built once, below node_modules/.cache.
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startChildParser } from './child-parser.ts'
import type { Parser } from './parser.ts'
import { v8Parser } from './v8-parser.ts'

const execute = promisify(execFile)
const PROGRAMS = fileURLToPath(new URL('../programs', import.meta.url))
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache/bailiwick-fuzz', import.meta.url))
const BUILD_MS = 240_000

export interface OpenedParsers {
  readonly parsers: readonly Parser[]
  /** One line for each that is not there, naming it and why. */
  readonly skipped: readonly string[]
  close(): Promise<void>
}

interface Made {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
}

/** `fetch`: crates may come from the registry; else only from what this machine has already. */
export async function openParsers({ fetch }: { readonly fetch: boolean }): Promise<OpenedParsers> {
  const made = await Promise.all([python(), go(), rust(fetch)])
  const parsers = [v8Parser, ...made.flatMap((each) => (typeof each === 'string' ? [] : [startChildParser(each.name, each.program, each.args)]))]
  return {
    parsers,
    skipped: made.filter((each) => typeof each === 'string'),
    close: async () => {
      await Promise.all(parsers.map((parser) => parser.close()))
    },
  }
}

async function python(): Promise<Made | string> {
  const version = await answerOf(process.env['PYTHON'] ?? 'python3', ['-c', 'import json, platform; print(platform.python_version())'])
  if (version === undefined) return 'Python json: no python3 on PATH'
  return { name: `Python ${version} json`, program: process.env['PYTHON'] ?? 'python3', args: ['-I', join(PROGRAMS, 'parse.py')] }
}

async function go(): Promise<Made | string> {
  const version = /go(\d\S*)/.exec((await answerOf('go', ['version'])) ?? '')?.[1]
  if (version === undefined) return 'Go encoding/json: no go on PATH'
  const source = join(PROGRAMS, 'parse.go')
  const env = { ...process.env, GOTOOLCHAIN: 'local', GOFLAGS: '-mod=mod', GO111MODULE: 'off' }
  const program = await built('go', version, [source], (target) => execute('go', ['build', '-o', target, source], { env, timeout: BUILD_MS }))
  return program === undefined ? 'Go encoding/json: go could not build programs/parse.go' : { name: `Go ${version} encoding/json`, program, args: [] }
}

async function rust(fetch: boolean): Promise<Made | string> {
  const version = /cargo (\S+)/.exec((await answerOf('cargo', ['--version'])) ?? '')?.[1]
  if (version === undefined) return 'Rust serde_json: no cargo on PATH'
  const folder = join(PROGRAMS, 'serde')
  const files = ['Cargo.toml', 'Cargo.lock', 'src/main.rs'].map((file) => join(folder, file))
  const program = await built('serde', version, files, async (target) => {
    const out = `${target}.target`
    const options = ['--release', '--locked', '--quiet', '--manifest-path', join(folder, 'Cargo.toml'), '--target-dir', out]
    await execute('cargo', ['build', ...options, ...(fetch ? [] : ['--offline'])], { timeout: BUILD_MS })
    copyFileSync(join(out, 'release/parse'), target)
    rmSync(out, { recursive: true, force: true })
  })
  if (program !== undefined) return { name: `Rust serde_json ${crateVersion(files[1] ?? '')}`, program, args: [] }
  return `Rust serde_json: cargo could not build programs/serde${fetch ? '' : ' without the registry (npm run fuzz -- --differential may fetch it)'}`
}

function crateVersion(lockFile: string): string {
  return /name = "serde_json"\nversion = "([^"]+)"/.exec(readFileSync(lockFile, 'utf8'))?.[1] ?? ''
}

/** Undefined where the build failed. Two at once build the same thing; the later rename wins. */
async function built(name: string, version: string, sources: readonly string[], build: (target: string) => Promise<unknown>): Promise<string | undefined> {
  const mark = hash('sha256', [version, process.platform, process.arch, ...sources.map((file) => readFileSync(file, 'utf8'))].join('\n')).slice(0, 16)
  const program = join(CACHE, `${name}-${mark}`)
  if (existsSync(program)) return program
  mkdirSync(CACHE, { recursive: true })
  const target = `${program}.${process.pid}`
  try {
    await build(target)
    renameSync(target, program)
    return program
  } catch {
    rmSync(target, { force: true })
    rmSync(`${target}.target`, { recursive: true, force: true })
    return undefined
  }
}

async function answerOf(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await execute(program, [...args], { timeout: 20_000 })).stdout.trim()
  } catch {
    return undefined
  }
}
