// Runs a system tool to its end. What it says on failure is in the error; nothing goes through a shell.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const WITHIN_MS = 15_000
/** Where administrators' tools lie, also for those whose PATH does not say so. */
const FOLDERS = ['/usr/sbin', '/sbin', '/usr/bin', '/bin']

/** Undefined where there is none. */
export function findTool(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''), ...FOLDERS]
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** Resolves to what it wrote; throws where it ended with anything but 0. */
export async function runTool(name: string, args: readonly string[], input = ''): Promise<string> {
  const path = name.startsWith('/') ? name : findTool(name)
  if (path === undefined) throw new Error(`there is no ${name}`)
  const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'pipe'], timeout: WITHIN_MS })
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(status ?? signal ?? 'nothing'))
  })
  if (code !== 0) throw new Error(`${name} ${args.join(' ')}: ${err.trim().split('\n')[0] ?? ''} (${code})`)
  return out
}
