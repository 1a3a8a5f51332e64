import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const folder = fileURLToPath(new URL('..', import.meta.url))

it('holds exactly the generated code its .proto files give, made offline', () => {
  const out = mkdtempSync(join(tmpdir(), 'bailiwick-wire-'))
  try {
    const env = { ...process.env, PATH: `${join(folder, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`, HOME: out }
    execFileSync('buf', ['generate', '--output', out], { cwd: folder, env, stdio: 'pipe' })
    const made = filesIn(join(out, 'gen'))
    expect(made.size).toBeGreaterThan(0)
    expect(filesIn(join(folder, 'gen'))).toEqual(made)
  } finally {
    rmSync(out, { recursive: true, force: true })
  }
})

function filesIn(directory: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    found.set(path.slice(directory.length), readFileSync(path, 'utf8'))
  }
  return found
}
