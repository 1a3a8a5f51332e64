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

it('leaves a text without a token as it is', () => {
  expect(redactTokens('eyJ is how a header begins')).toBe('eyJ is how a header begins')
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
