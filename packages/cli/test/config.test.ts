import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { normaliseResourceUri } from '@bailiwick/tokens'
import { tryTestConfig } from '@bailiwick/kit/test-config'
import { toolsFileOf } from '@bailiwick/kit/tools-file'
import { run } from './run.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-'))
  const policies = new URL('../../../policies', import.meta.url).pathname
  writeFileSync(join(folder, 'bailiwick.yaml'), `issuer: http://127.0.0.1:8420\ndevelopment: true\npolicy: { engine: supervised, directory: ${policies} }\n`)
  writeFileSync(join(folder, 'bad.yaml'), 'issuer: http://127.0.0.1:8420\ndevelopmnt: true\nlisten: 0.0.0.0:1\n')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('config validate', () => {
  it('finds ./bailiwick.yaml and says it is valid', async () => {
    expect(await run(['config', 'validate'], { cwd: folder })).toMatchObject({ code: 0, out: expect.stringContaining('valid') })
  })

  it('reports every problem with its place and exits 1', async () => {
    const { code, err } = await run(['config', 'validate', '--config', 'bad.yaml'], { cwd: folder })
    expect(code).toBe(1)
    expect(err).toContain(`${join(folder, 'bad.yaml')}:2:1  developmnt  expected a setting that exists here; did you mean development?`)
    expect(err).toContain(`${join(folder, 'bad.yaml')}:3:9  listen  expected`)
  })

  it('takes the file from the environment, and a flag is stronger', async () => {
    expect(await run(['config', 'validate'], { cwd: folder, env: { BAILIWICK_CONFIG: 'bad.yaml' } })).toMatchObject({ code: 1 })
    expect(await run(['config', 'validate', '--config', 'bailiwick.yaml'], { cwd: folder, env: { BAILIWICK_CONFIG: 'bad.yaml' } })).toMatchObject({ code: 0 })
  })

  it('reports a file of pinned tools that the service could not use', async () => {
    const resource = 'resources: [{ name: payments, kind: mcp, uri: "https://payments.example.com/mcp", tools: { file: ./payments.tools.json } }]\n'
    writeFileSync(join(folder, 'pinned.yaml'), `${readFileSync(join(folder, 'bailiwick.yaml'), 'utf8')}${resource}`)
    const missing = await run(['config', 'validate', '--config', 'pinned.yaml'], { cwd: folder })
    expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('bailiwick tools pin payments') })
    writeFileSync(join(folder, 'payments.tools.json'), toolsFileOf('payments', { refund_status: { type: 'object' } }))
    expect(await run(['config', 'validate', '--config', 'pinned.yaml'], { cwd: folder })).toMatchObject({ code: 0 })
  })

  it('answers JSON when asked', async () => {
    const { out } = await run(['config', 'validate', '--json'], { cwd: folder })
    expect(JSON.parse(out)).toMatchObject({ valid: true, clients: 0, problems: [] })
    const bad = await run(['config', 'validate', '--config', 'bad.yaml', '--json'], { cwd: folder })
    expect({ code: bad.code, err: bad.err }).toEqual({ code: 1, err: '' })
    const place = { source: join(folder, 'bad.yaml'), path: 'developmnt', line: 2, column: 1 }
    expect(JSON.parse(bad.out)).toEqual({
      file: join(folder, 'bad.yaml'),
      valid: false,
      problems: expect.arrayContaining([{ ...place, expected: 'a setting that exists here', suggestion: 'development' }]),
    })
  })
})

describe('config print', () => {
  it('prints what --set changed', async () => {
    const { out } = await run(['config', 'print', '--redact', '--set', 'limits.task_lifetime=1d'], { cwd: folder })
    expect(JSON.parse(out)).toMatchObject({ limits: { taskLifetimeSeconds: 86_400 } })
  })
})

describe('config schema', () => {
  it('is JSON', async () => {
    const { out } = await run(['config', 'schema'])
    expect(JSON.parse(out)).toMatchObject({ title: 'Bailiwick configuration' })
  })
})

const uri = (text: string): boolean => tryTestConfig({ resources: [{ name: 'payments', uri: text }] }).ok

describe('resource URIs', () => {
  it.each([
    'https://pay.example.com',
    'https://pay.example.com/mcp',
    'https://pay.example.com:8443/a/b',
    'http://127.0.0.1:8423/mcp',
    'https://[::1]:8423/mcp',
  ])('%j is accepted, and is the form tokens compare', (text) => {
    expect(uri(text)).toBe(true)
    expect(normaliseResourceUri(text)).toBe(text)
  })

  // Another form would make a resource whose tokens never fit.
  it.each([
    'https://pay.example.com/',
    'https://pay.example.com/mcp/',
    'https://PAY.example.com/mcp',
    'https://pay.example.com:443/mcp',
    'https://pay.example.com//mcp',
    'https://pay.example.com/a/../mcp',
    'https://pay.example.com/%2e%2e/mcp',
    'https://pay.example.com/mcp#x',
    'https://pay.example.com/mcp?x',
    'https://user@pay.example.com/mcp',
    'https://pay.example.com/m\u00fcp',
    'https://pay.example.com\\mcp',
    'http://pay.example.com/mcp',
    'urn:pay',
  ])('%j is refused', (text) => {
    expect(uri(text)).toBe(false)
  })
})
