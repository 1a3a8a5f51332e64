import { expect, it } from 'vitest'
import { deny, ok } from '@bailiwick/core'
import type { Denial, Question, Result } from '@bailiwick/core'
import type { RuntimeClaims } from '@bailiwick/tokens'
import { verifyRuntimeToken } from '../../src/decide/verify-runtime-token.ts'
import { CLAIMS, MODELS, NOW_SECONDS, PAYMENTS } from '../fixtures.ts'

function verify(credential: Question['credential'], verified: Result<RuntimeClaims> = ok(CLAIMS), resource = PAYMENTS): Promise<Result<RuntimeClaims>> {
  return verifyRuntimeToken({ keys: { verifyRuntimeToken: () => Promise.resolve(verified) } }, { credential, resource }, NOW_SECONDS)
}

it('accepts a token of ours for this resource', async () => {
  expect(await verify({ token: 't' })).toEqual(ok(CLAIMS))
})

it.each([
  ['no token', {}, 'token_missing'],
  ['another scheme', { problem: 'not_bearer' }, 'token_missing'],
  ['two tokens', { problem: 'repeated' }, 'token_invalid'],
  ['two tokens, one of them good', { problem: 'repeated', token: 't' }, 'token_invalid'],
] satisfies [string, Question['credential'], Denial['reason']][])('refuses %s', async (_what, credential, reason) => {
  expect(await verify(credential)).toMatchObject({ ok: false, denial: { reason } })
})

it('passes on why the keys refused it', async () => {
  expect(await verify({ token: 't' }, deny({ reason: 'token_expired' }))).toMatchObject({ ok: false, denial: { reason: 'token_expired' } })
})

it('refuses a token for another resource', async () => {
  expect(await verify({ token: 't' }, ok(CLAIMS), MODELS)).toMatchObject({ ok: false, denial: { reason: 'wrong_resource' } })
})
