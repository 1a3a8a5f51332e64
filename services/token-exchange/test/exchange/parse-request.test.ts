import { describe, expect, it } from 'vitest'
import { newTaskId } from '@bailiwick/core'
import type { RequestFields } from '../../src/exchange/model.ts'
import { parseRequest } from '../../src/exchange/parse-request.ts'

const LIMITS = { tokenBytes: 100, batchItems: 3 }
const TYPE = 'urn:ietf:params:oauth:token-type:'
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const RESOURCE = 'https://payments.example.com/mcp'

const valid: RequestFields = {
  grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
  credentials: { assertion: 'a.b.c', assertionType: JWT_BEARER, other: false },
  shown: { dpop: [] },
  subjectToken: 's.t.u',
  subjectTokenType: `${TYPE}jwt`,
  targets: { kind: 'one', resources: [RESOURCE], audiences: [] },
}
const one = { kind: 'one', resources: [], audiences: [] } as const

describe('parseRequest', () => {
  it('reads a request for one resource', () => {
    expect(parseRequest(valid, LIMITS)).toEqual({
      ok: true,
      value: {
        shown: { dpop: [] },
        proof: { assertion: 'a.b.c', assertionType: JWT_BEARER },
        subject: { token: 's.t.u', type: 'jwt' },
        actor: undefined,
        taskId: undefined,
        targets: [{ asked: RESOURCE, key: RESOURCE, scope: undefined }],
      },
    })
  })

  it.each<[string, Partial<RequestFields>, string]>([
    ['no grant type', { grantType: undefined }, 'request_malformed'],
    ['another grant', { grantType: 'client_credentials' }, 'grant_not_allowed'],
    ['a public client (case 4)', { credentials: { clientId: 'refund-agent', other: false } }, 'client_unauthenticated'],
    ['a client secret alone', { credentials: { clientId: 'refund-agent', other: true } }, 'client_unauthenticated'],
    ['two credentials', { credentials: { ...valid.credentials, other: true } }, 'request_malformed'],
    ['an assertion type without assertion', { credentials: { assertionType: JWT_BEARER, other: false } }, 'request_malformed'],
    ['an assertion without its type', { credentials: { assertion: 'a.b.c', other: false } }, 'request_malformed'],
    ['an oversized assertion', { credentials: { ...valid.credentials, assertion: 'x'.repeat(101) } }, 'request_malformed'],
    ['no subject token', { subjectToken: undefined, subjectTokenType: undefined }, 'request_malformed'],
    ['a subject token type alone', { subjectToken: undefined }, 'request_malformed'],
    ['a subject token without type (case 33)', { subjectTokenType: undefined }, 'request_malformed'],
    ['a blank subject token', { subjectToken: ' ' }, 'request_malformed'],
    ['an oversized subject token', { subjectToken: 'x'.repeat(101) }, 'request_malformed'],
    ['a refresh token as subject (case 1)', { subjectTokenType: `${TYPE}refresh_token` }, 'request_malformed'],
    ['a SAML assertion as subject (case 1)', { subjectTokenType: `${TYPE}saml2` }, 'request_malformed'],
    ['a made-up type (case 1)', { subjectTokenType: 'jwt' }, 'request_malformed'],
    ['an actor token type alone (case 22)', { actorTokenType: `${TYPE}jwt` }, 'request_malformed'],
    ['an actor token without type', { actorToken: 'x.y.z' }, 'request_malformed'],
    ['another requested type (cases 2 and 8)', { requestedTokenType: `${TYPE}refresh_token` }, 'request_malformed'],
    ['an ID token requested (case 9)', { requestedTokenType: `${TYPE}id_token` }, 'request_malformed'],
    ['a malformed task id', { taskId: 'task_1' }, 'request_malformed'],
    ['no target', { targets: one }, 'target_refused'],
    ['two resources (case 23)', { targets: { ...one, resources: [RESOURCE, 'https://crm.example.com/mcp'] } }, 'target_refused'],
    ['a resource and an audience', { targets: { ...one, resources: [RESOURCE], audiences: ['payments'] } }, 'target_refused'],
    ['a malformed scope', { targets: { ...one, resources: [RESOURCE], scope: 'a"b' } }, 'scope_refused'],
    ['an empty batch', { targets: { kind: 'many', items: [] } }, 'request_malformed'],
    ['the same resource twice in a batch', { targets: { kind: 'many', items: [{ resource: RESOURCE }, { resource: `${RESOURCE}/` }] } }, 'request_malformed'],
    ['a batch over its limit', { targets: { kind: 'many', items: ['a', 'b', 'c', 'd'].map((resource) => ({ resource })) } }, 'target_refused'],
  ])('refuses %s', (_, change, reason) => {
    expect(parseRequest({ ...valid, ...change }, LIMITS)).toMatchObject({ ok: false, denial: { reason } })
  })

  it.each(['payments', '/mcp', 'payments.example.com/mcp', `${RESOURCE}#x`, 'https://a@payments.example.com/mcp', 'https://payments.example.com/../mcp'])(
    'knows no resource by the URI %s (case 22)',
    (resource) => {
      expect(parseRequest({ ...valid, targets: { ...one, resources: [resource] } }, LIMITS)).toMatchObject({
        ok: true,
        value: { targets: [{ key: undefined }] },
      })
    },
  )

  it('takes an audience by name or URI, and an explicit access_token request', () => {
    const named = parseRequest({ ...valid, requestedTokenType: `${TYPE}access_token`, targets: { ...one, audiences: ['payments'] } }, LIMITS)
    expect(named).toMatchObject({ ok: true, value: { targets: [{ key: 'payments' }] } })
    expect(parseRequest({ ...valid, targets: { ...one, audiences: ['HTTPS://Payments.example.com:443/mcp/'] } }, LIMITS)).toMatchObject({
      ok: true,
      value: { targets: [{ key: RESOURCE }] },
    })
  })

  it('takes a task id and repeated scopes once', () => {
    const taskId = newTaskId(1_800_000_000_000)
    const parsed = parseRequest({ ...valid, taskId, targets: { ...one, resources: [RESOURCE], scope: 'read  write read' } }, LIMITS)
    expect(parsed).toMatchObject({ ok: true, value: { taskId, targets: [{ scope: ['read', 'write'] }] } })
  })
})
