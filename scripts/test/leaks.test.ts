// The search of a whole run for token material, attacked with planted leaks: what it does not find, nobody would.
import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { TEST_DIRECTORY_SECRET, TEST_GATEWAY_SECRET } from '../../test/kit/src/test-secrets.ts'
import { createLeakScanner } from '../leak-scan.ts'

const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const PEM = privateKey.export({ type: 'pkcs8', format: 'pem' })
const JWK = JSON.stringify(privateKey.export({ format: 'jwk' }))
const D = JSON.stringify(privateKey.export({ format: 'jwk' })['d']).slice(1, -1)

function kindsIn(...chunks: readonly (string | Buffer)[]): readonly string[] {
  const scanner = createLeakScanner('test')
  for (const chunk of chunks) scanner.push(Buffer.from(chunk))
  return scanner.end().map(({ kind }) => kind)
}

describe('is found', () => {
  it.each<[string, string, string]>([
    ['a JWT', `failed with ${JWT}!`, 'JWT'],
    ['an unsigned JWT', `t=${JWT.slice(0, JWT.lastIndexOf('.') + 1)}`, 'JWT'],
    ['the head of a JWT', JWT.slice(0, 32), 'JWT'],
    ['an operator token', `{"note":"bwop_${'A'.repeat(43)}"}`, 'operator token'],
    ['a private key', PEM, 'private key'],
    ['a private key inside JSON', JSON.stringify({ key: PEM }), 'private key'],
    ['a private JWK', JWK, 'private JWK'],
    ['a private JWK inside a JSON text inside JSON', JSON.stringify({ text: JSON.stringify({ jwk: JWK }) }), 'private JWK'],
    ['a symmetric JWK', '{"kty":"oct","k":"c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"}', 'private JWK'],
    ['a bearer header with an opaque token', '"authorization":"Bearer mF_9.B5f-4.1JqM_x7Zk3v9QmT7"', 'credential in a header'],
    ['basic credentials', 'authorization: basic YmFpbGl3aWNrOmRpcmVjdG9yeS1zZWNyZXQ=', 'credential in a header'],
    ["the gateway's secret", `x ${TEST_GATEWAY_SECRET} y`, 'secret of the kit'],
    ["the directory client's secret", TEST_DIRECTORY_SECRET, 'secret of the kit'],
  ])('%s', (_what, text, kind) => {
    expect(kindsIn(text)).toContain(kind)
    expect(kindsIn(`before\n${text}\nafter\n`)).toContain(kind)
  })

  it('wherever the output was cut into chunks', () => {
    for (let at = 1; at < JWT.length; at++) expect(kindsIn(`x ${JWT.slice(0, at)}`, JWT.slice(at))).toEqual(['JWT'])
  })

  it('under colours, and behind text that is not ASCII, cut in the middle of a character', () => {
    const bytes = Buffer.from(`é \u001b[32m${JWT.slice(0, 12)}\u001b[39m${JWT.slice(12)}`)
    expect(kindsIn(bytes.subarray(0, 1), bytes.subarray(1))).toEqual(['JWT'])
  })

  it('in a line that does not end, without keeping the line', () => {
    const scanner = createLeakScanner('test')
    for (let i = 0; i < 5; i++) scanner.push(Buffer.alloc(512 * 1024, 'x'))
    scanner.push(Buffer.from(` ${JWT} `))
    scanner.push(Buffer.alloc(2 * 1024 * 1024, 'x'))
    expect(scanner.end().map(({ kind }) => kind)).toContain('JWT')
  })
})

it('finds nothing in what only talks about tokens', () => {
  const harmless = [
    'eyJ is how a header begins',
    'Bearer error="invalid_client"',
    'Bearer [redacted]',
    'bwop_ begins an operator token',
    '-----BEGIN CERTIFICATE-----',
    '"d":"1.2 s"',
    `"kid":"${'a'.repeat(43)}"`,
    `hash ${'f'.repeat(64)}`,
    'task_01932c1e-1111-7111-8111-111111111111',
  ]
  expect(kindsIn(harmless.join('\n'))).toEqual([])
})

it('says where, and does not repeat what it found', () => {
  const scanner = createLeakScanner('standard output')
  scanner.push(Buffer.from(`one\ntwo ${JWT} ${TEST_GATEWAY_SECRET}\n${JWK}\n`))
  const leaks = scanner.end()
  expect(leaks.map(({ where, line, kind }) => `${where} ${line} ${kind}`)).toEqual([
    'standard output 2 JWT',
    'standard output 2 secret of the kit',
    'standard output 3 private JWK',
  ])
  expect(leaks[0]?.around).toBe('two <JWT> edge<secret of the kit>')
  for (const secret of [JWT, TEST_GATEWAY_SECRET, D]) expect(JSON.stringify(leaks)).not.toContain(secret)
})

describe('a run of tests', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const run = (...filters: readonly string[]): { readonly code: number | null; readonly out: string } => {
    const config = ['--config', 'scripts/test/leak-fixture/vitest.config.ts']
    const done = spawnSync(process.execPath, ['scripts/run-tests.ts', ...config, ...filters], {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1' },
    })
    return { code: done.status, out: done.stdout }
  }

  it('passes where the logger cut every token it was given, and tells that it looked', () => {
    const { code, out } = run('none')
    expect(out).toMatch(/^ +Tests +1 passed/m)
    expect(out).toMatch(/Leaks +none in \d+ lines of output and 1 log lines/)
    expect(code).toBe(0)
  })

  it.each([
    ['prints a token', 'printed', 'standard output', 'JWT'],
    ['writes one to standard error past the console', 'written', 'standard error', 'operator token'],
    ['logs a secret under a name nobody redacts', 'logged', 'log of process \\d+', 'secret of the kit'],
  ])('fails where a test %s, although every test passed', (_what, filter, where, kind) => {
    const { code, out } = run(filter)
    expect(out).toMatch(/^ +Tests +1 passed/m)
    expect(out).toMatch(new RegExp(`LEAK[^]*${where}, line \\d+: ${kind}`))
    expect(code).toBe(1)
  })

  it('fails where a test fails, and where a filter names none', () => {
    const failing = run('failing')
    expect([failing.code, failing.out.includes('Leaks  none')]).toEqual([1, true])
    expect(run('no-such-file').code).toBe(1)
  })
})
