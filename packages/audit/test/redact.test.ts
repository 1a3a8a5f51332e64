import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { toRecordText } from '../src/to-record-text.ts'
import { allow } from './fixture.ts'
import { isPlainJsonText, redact, redactText } from '../src/redact.ts'

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })}.${encode({ sub: 'corp:alice', pad: 'x'.repeat(300) })}`
const token = `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`

describe('a token', () => {
  it.each([
    ['alone', token],
    ['in a sentence', `the agent sent ${token} twice`],
    ['after Bearer', `Bearer ${token}`],
    ['after a name', `token=${token}`],
    ['glued to other letters', `x${token}`],
    ['behind a dotted name', `service-account.v1.${token}`],
    ['behind a long dotted name', `some-long-service-account.v1.${token}`],
    ['without its signature', `${signed}.`],
    ['cut in its payload', token.slice(0, 200)],
    ['with a header that begins with a space', `${Buffer.from('{ "alg":"none"}').toString('base64url')}.e30.`],
    ['encrypted, in five parts', `${encode({ alg: 'dir', enc: 'A256GCM' })}..aaaa.bbbb.cccc`],
    ['opaque, after Bearer', 'Bearer abcdefghijklmnopqrstuvwxyz0123456789'],
  ])('%s is not in the text', (_, text) => {
    const kept = redactText(text)
    expect(kept).toContain('[redacted]')
    expect(isPlainJsonText(JSON.stringify({ text }))).toBe(false)
    for (const part of token.split('.')) expect(kept).not.toContain(part.slice(4, 40))
    expect(kept).not.toContain('abcdefghijklmnop')
  })

  it('that begins just before the cap is not left there cut', () => {
    const kept = redactText('x'.repeat(4050) + ' ' + token)
    expect(kept).not.toContain('eyJhbGciOi')
  })

  it('in the name of a member is not kept either', () => {
    expect(JSON.stringify(redact({ args_masked: { [token]: 'string(1)' } }))).not.toContain(token.slice(0, 20))
  })

  it('deep in lists is not kept', () => {
    expect(JSON.stringify(redact({ a: [[{ b: [token] }]] }))).not.toContain(token.slice(0, 20))
  })
})

it('a private key is not kept', () => {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  expect(redactText(`key: ${pem}`)).toBe('key: [redacted]')
})

it('a member named like a secret keeps no text, however it is spelled', () => {
  expect(redact({ Authorization: 'Basic abc', 'client-secret': 's', subject_token: 't', nested: { PASSWORD: 'p' } })).toEqual({
    Authorization: '[redacted]',
    'client-secret': '[redacted]',
    subject_token: '[redacted]',
    nested: { PASSWORD: '[redacted]' },
  })
})

it.each(['Authorization', 'client-secret', 'subject_token', 'API_KEY', 'dpop', 'idToken'])('a text under the name %s is looked at closely', (name) => {
  expect(redact({ [name]: 'abc' })).toEqual({ [name]: '[redacted]' })
  expect(isPlainJsonText(JSON.stringify({ a: { [name]: 'abc' } }))).toBe(false)
})

it('what would be changed for any other reason is looked at closely too', () => {
  let deep: object = {}
  for (let level = 0; level < 13; level += 1) deep = { deep }
  for (const value of [{ lone: '\ud800' }, { long: 'x'.repeat(4097) }, deep]) expect(isPlainJsonText(JSON.stringify(value))).toBe(false)
})

it('an ordinary record is told from its text', () => {
  const { text } = toRecordText(allow({ policy: { rule: 'resource.mcp_payments.vdefault#refund-cap' }, token: { jti: 'j', kid: 'k' } }), 'node-1', 0)
  expect(isPlainJsonText(text)).toBe(true)
  expect(redact(JSON.parse(text))).toEqual(JSON.parse(text))
})

it.each([
  'eyewitness-report.v1.search',
  'payments.example.com/mcp',
  'resource.mcp_payments.vdefault#refund-cap',
  '2026-11-20T12:00:00.000Z',
  'eyJust-a-long-name.with.dots',
])('the harmless text %s stays as it is', (text) => {
  expect(redactText(text)).toBe(text)
})

it('what a record cannot carry becomes something it can', () => {
  const kept = redact({ lone: 'a\ud800b', nan: Number.NaN, none: undefined, fn: () => 1, long: 'x'.repeat(5000), date: new Date(0) })
  expect(kept).toEqual({ lone: 'a\ufffdb', nan: null, fn: null, long: `${'x'.repeat(4096)}[+904]`, date: {} })
})

it('what is too deep or too wide ends in a mark', () => {
  let deep: unknown = 'bottom'
  for (let level = 0; level < 100; level += 1) deep = { deep }
  expect(JSON.stringify(redact(deep))).toContain('[omitted]')
  expect(Object.keys(Object(redact(Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`m${n}`, n])))))).toHaveLength(257)
})

it('a hostile text costs time in proportion to its length', () => {
  for (const hostile of [
    'ey'.repeat(500_000) + '.',
    'eyJ.'.repeat(250_000),
    'a'.repeat(1_000_000),
    'Bearer '.repeat(150_000),
    '-----BEGIN '.repeat(100_000),
    `${'ey'.repeat(5)}.`.repeat(90_000),
  ]) {
    const before = process.cpuUsage()
    redactText(hostile)
    isPlainJsonText(hostile.slice(0, 4096))
    // Quadratic scans of these took seconds.
    expect(process.cpuUsage(before).user).toBeLessThan(500_000)
  }
})
