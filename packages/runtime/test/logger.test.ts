import { generateKeyPairSync } from 'node:crypto'
import { expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import { silentLog } from '@bailiwick/kit/silent-log'
import { redactTokens } from '../src/index.ts'

const TOKEN = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl'

it('writes no token, wherever in a line it stands', () => {
  const { log, lines } = silentLog()
  log.info({ subject_token: TOKEN, nested: { authorization: `Bearer ${TOKEN}` }, url: `/x?t=${TOKEN}` }, `failed with ${TOKEN}`)
  log.error(new Error(`bad token ${TOKEN}`))
  expect(lines.length).toBe(2)
  for (const line of lines) expect(line).not.toContain('eyJhbGci')
  expect(lines[0]).toContain('[redacted]')
})

it('writes no operator token and no private key, whatever the field is called', () => {
  const { log, lines } = silentLog()
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  log.info({ note: `bwop_${'A'.repeat(43)}`, after: 'kept' }, 'operator')
  log.info({ note: privateKey, after: 'kept' }, 'key')
  log.error(new Error(`cannot read ${privateKey}`))
  expect(lines.join('')).not.toMatch(/A{43}|PRIVATE/)
  expect(lines.join('')).not.toContain(privateKey.split('\n')[1])
  expect(lines.slice(0, 2).map((line) => JSON.parse(line))).toMatchObject([
    { note: '[redacted]', after: 'kept' },
    { note: expect.stringMatching(/^\[redacted\]\s*$/), after: 'kept' },
  ])
})

it('finds a token behind other letters and behind other dotted words', () => {
  expect(redactTokens(`a=x${TOKEN} b`)).toBe('a=x[redacted] b')
  expect(redactTokens(`file.name-${TOKEN}`)).toBe('file.name-[redacted]')
  expect(redactTokens(`an-issuer.example.${TOKEN}, ${TOKEN}`)).toBe('an-issuer.example.[redacted], [redacted]')
  expect(redactTokens(`eyJ.eyJ.${TOKEN}`)).toBe('eyJ.eyJ.[redacted]')
})

it.each(['eyJ is how a header begins', 'eyJhbGciOiJFUzI1NiJ9 alone', 'an end: eyJhbGciOiJFUzI1NiJ9.', 'eyJ.short.one', 'a.long-and-dotted.name'])(
  'leaves a text without a token as it is: %s',
  (text) => {
    expect(redactTokens(text)).toBe(text)
  },
)

it('looks once at a text of nothing but beginnings', () => {
  const hostile = 'eyJ'.repeat(300_000)
  expect(redactTokens(hostile)).toBe(hostile)
  expect(redactTokens(`${'eyJ.'.repeat(300_000)}eyJ`)).toHaveLength(1_200_003)
})

it('writes one JSON object a line with the level as a word', () => {
  const { log, lines } = silentLog()
  log.warn({ reason: 'task_revoked' }, 'denied')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'warn', reason: 'task_revoked', msg: 'denied' })
})

it('tells a fault by its code and its cause, and a bug by its stack', () => {
  const { log, lines } = silentLog()
  log.warn({ err: new Fault('policy', 'pdp_unreachable', 'no answer', { cause: new Error('refused') }) }, 'a')
  log.warn({ err: new TypeError('oops') }, 'b')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { dependency: 'policy', code: 'pdp_unreachable', message: 'no answer', cause: 'refused' } })
  expect(lines[0]).not.toContain('stack')
  expect(JSON.parse(lines[1] ?? '').err.stack).toContain('logger.test.ts')
})
