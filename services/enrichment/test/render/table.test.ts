// One test per row of the denial table.
import { describe, expect, it } from 'vitest'
import type { Denial } from '@bailiwick/core'
import {
  bodyOf,
  DECISION,
  denialFor,
  headerOf,
  LIST,
  LLM,
  METADATA,
  NOTIFICATION,
  render,
  RESPONSE,
  SESSION_END,
  STREAM,
  TOOL_CALL,
  UNREAD,
} from './fixtures.ts'

const REVOKED = denialFor('task_revoked')
const http = { channel: 'http' } as const

describe('token missing, invalid, expired, for another resource, or its proof not visible', () => {
  it('RFC 6750 section 3.1: names no error where no token was shown', () => {
    const reply = render(denialFor('token_missing'), TOOL_CALL)
    expect(reply.status).toBe(401)
    expect(headerOf(reply, 'www-authenticate')).toBe(`Bearer resource_metadata="${METADATA}"`)
  })

  it.each(['token_invalid', 'token_expired', 'proof_unverifiable', 'wrong_resource'] as const)(
    'RFC 9728 section 5.1 and RFC 6750 section 3: %s is 401 invalid_token',
    (reason) => {
      for (const channel of ['grpc', 'http'] as const) {
        for (const call of [TOOL_CALL, NOTIFICATION, STREAM, LLM, UNREAD]) {
          const reply = render(denialFor(reason), call, { channel })
          expect(reply.status).toBe(401)
          expect(headerOf(reply, 'www-authenticate')).toBe(`Bearer resource_metadata="${METADATA}", error="invalid_token"`)
        }
      }
    },
  )

  it.each(['proof_missing', 'proof_invalid'] as const)('RFC 9449 section 7.1: %s of a DPoP proof is a DPoP challenge with what may sign', (reason) => {
    for (const call of [TOOL_CALL, NOTIFICATION, STREAM, LLM, UNREAD]) {
      const challenge = headerOf(render(denialFor(reason), call), 'www-authenticate')
      expect(challenge).toMatch(/^DPoP resource_metadata="[^"]+", error="invalid_dpop_proof", algs="ES256 [A-Za-z0-9 ]+"$/)
    }
  })

  it.each(['proof_missing', 'proof_invalid'] as const)('RFC 8705 section 3: %s of a certificate is 401 invalid_token', (reason) => {
    const reply = render({ reason, proof: 'mtls' }, TOOL_CALL)
    expect(reply.status).toBe(401)
    expect(headerOf(reply, 'www-authenticate')).toBe(`Bearer resource_metadata="${METADATA}", error="invalid_token"`)
  })

  it('leaves the metadata out where there is none, or where it would need quoting', () => {
    expect(headerOf(render(denialFor('token_missing'), { kind: 'unread' }, { resourceMetadataUrl: 'https://x/"y' }), 'www-authenticate')).toBe('Bearer')
    expect(headerOf(render(denialFor('token_invalid'), UNREAD, { resourceMetadataUrl: 'https://x/\\é' }), 'www-authenticate')).toBe(
      'Bearer error="invalid_token"',
    )
  })
})

describe('scope missing', () => {
  it('RFC 6750 section 3.1: 403 insufficient_scope with the scopes', () => {
    const reply = render(denialFor('scope_missing'), TOOL_CALL)
    expect(reply.status).toBe(403)
    expect(headerOf(reply, 'www-authenticate')).toBe(`Bearer resource_metadata="${METADATA}", error="insufficient_scope", scope="refund:write"`)
  })

  it('leaves out a scope that could not stand in quotes', () => {
    const reply = render({ reason: 'scope_missing', scopes: ['a"b', 'ok', 'c\\d', 'e f', 'é'] }, LIST)
    expect(headerOf(reply, 'www-authenticate')).toContain('scope="ok"')
  })
})

describe('refused by policy, or killed: tools/call', () => {
  it('MCP 2025-11-25 server/tools error handling: 200 with an isError result the model reads', () => {
    const reply = render(REVOKED, TOOL_CALL)
    expect(reply.status).toBe(200)
    expect(headerOf(reply, 'content-type')).toBe('application/json')
    expect(bodyOf(reply)).toEqual({
      jsonrpc: '2.0',
      id: 0,
      result: {
        content: [{ type: 'text', text: `The task was revoked.\nDecision: ${DECISION}` }],
        isError: true,
        _meta: {
          'dev.bailiwick/decision': { effect: 'deny', decision_id: DECISION, reason: 'task_revoked', message: 'The task was revoked.', retryable: false },
        },
      },
    })
  })

  it('MCP 2026-07-28 schema CallToolResult: carries resultType, which earlier revisions do not know', () => {
    expect(bodyOf(render(REVOKED, { ...TOOL_CALL, protocolVersion: '2026-07-28' }))).toMatchObject({ result: { resultType: 'complete', isError: true } })
    expect(render(REVOKED, TOOL_CALL).body).not.toContain('resultType')
  })

  it('never carries structuredContent, which makes clients with an output schema throw the reason away', () => {
    expect(render(REVOKED, TOOL_CALL).body).not.toContain('structuredContent')
  })

  it('is 403 with a JSON-RPC error where 200 would mean allowed', () => {
    const reply = render(REVOKED, TOOL_CALL, http)
    expect(reply.status).toBe(403)
    expect(bodyOf(reply)).toMatchObject({ id: 0, error: { code: -32001, data: { type: 'authorization_denied', reason: 'task_revoked' } } })
  })

  it('passes the policy reason and remediation on', () => {
    const denial: Denial = {
      reason: 'limit_exceeded',
      policyReason: 'Refunds above $500 need a lead.',
      remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
      rule: 'resource.mcp_payments.vdefault#refund-cap',
      detail: 'secret',
    }
    const reply = render(denial, TOOL_CALL)
    expect(bodyOf(reply)).toMatchObject({
      result: {
        content: [{ text: `Refunds above $500 need a lead.\nRemediation: {"type":"step_up","approvers_role":"tier-2-lead"}\nDecision: ${DECISION}` }],
        _meta: { 'dev.bailiwick/decision': { message: 'Refunds above $500 need a lead.', remediation: { type: 'step_up', approvers_role: 'tier-2-lead' } } },
      },
    })
    expect(reply.body).not.toMatch(/refund-cap|secret/)
  })

  it('shows of failed arguments only the pointers', () => {
    const reply = render({ reason: 'arguments_invalid', pointers: ['/amount_cents', '/items/0'], detail: 'expected integer' }, TOOL_CALL)
    expect(bodyOf(reply)).toMatchObject({
      result: {
        content: [{ text: `The arguments do not fit the tool's input schema.\nArguments at fault: /amount_cents, /items/0\nDecision: ${DECISION}` }],
        _meta: { 'dev.bailiwick/decision': { pointers: ['/amount_cents', '/items/0'] } },
      },
    })
    expect(reply.body).not.toContain('expected integer')
  })
})

describe('refused by policy, or killed: anything else', () => {
  it('other requests: 200 with error -32001, told from a timeout by data.type', () => {
    const reply = render(REVOKED, LIST)
    expect(reply.status).toBe(200)
    expect(bodyOf(reply)).toEqual({
      jsonrpc: '2.0',
      id: 'server-discover-probe-1',
      error: {
        code: -32001,
        message: 'The task was revoked.',
        data: {
          type: 'authorization_denied',
          effect: 'deny',
          decision_id: DECISION,
          reason: 'task_revoked',
          message: 'The task was revoked.',
          retryable: false,
        },
      },
    })
    expect(render(REVOKED, LIST, http).status).toBe(403)
  })

  it.each([NOTIFICATION, RESPONSE])('MCP streamable-http sending messages: what expects no answer gets 202 and nothing ($shape)', (call) => {
    const reply = render(REVOKED, call)
    expect(reply).toMatchObject({ status: 202, body: '' })
    expect(headerOf(reply, 'content-type')).toBe(undefined)
    expect(render(REVOKED, call, http).status).toBe(403)
  })

  it.each([STREAM, SESSION_END])('$method: 405, which clients take calmly, with Allow (RFC 9110 section 15.5.6)', (call) => {
    const reply = render(REVOKED, call)
    expect(reply.status).toBe(405)
    expect(headerOf(reply, 'allow')).toBe('POST')
    expect(render(REVOKED, call, http).status).toBe(403)
  })

  it('model endpoints: 403 in the shape of the provider', () => {
    for (const channel of ['grpc', 'http'] as const) {
      const reply = render(denialFor('policy_denied'), LLM, { channel })
      expect(reply.status).toBe(403)
      expect(bodyOf(reply)).toMatchObject({
        error: {
          message: `The policy does not allow this call.\nDecision: ${DECISION}`,
          type: 'permission_error',
          param: null,
          code: 'policy_denied',
          bailiwick: { decision_id: DECISION },
        },
      })
    }
  })

  it('a request whose id is not known is not answered with a 200 nobody can match', () => {
    const { requestId: _requestId, ...call } = TOOL_CALL
    const reply = render(REVOKED, call)
    expect(reply.status).toBe(403)
    expect(bodyOf(reply)).not.toHaveProperty('id')
  })
})

describe('requests that were not read', () => {
  it('MCP 2026-07-28 streamable-http server validation: a header mismatch is 400 -32020 with the id', () => {
    for (const channel of ['grpc', 'http'] as const) {
      const reply = render(denialFor('header_mismatch'), { ...UNREAD, shape: 'request', requestId: { lexeme: '"7"' } }, { channel })
      expect(reply.status).toBe(400)
      expect(bodyOf(reply)).toMatchObject({ id: '7', error: { code: -32020 } })
    }
  })

  it.each([
    ['syntax', 400, -32700],
    ['encoding', 400, -32700],
    ['not_a_request', 400, -32600],
    ['partial', 413, -32600],
    ['too_large', 413, -32600],
  ] as const)('JSON-RPC 2.0 section 5.1: %s is %i with %i and no id', (problem, status, code) => {
    for (const channel of ['grpc', 'http'] as const) {
      const reply = render({ reason: 'body_unreadable', problem }, UNREAD, { channel })
      expect(reply.status).toBe(status)
      expect(bodyOf(reply)).toMatchObject({ error: { code } })
      expect(bodyOf(reply)).not.toHaveProperty('id')
    }
  })

  it.each([
    ['syntax', 400],
    ['too_large', 413],
  ] as const)('model endpoints: %s is %i', (problem, status) => {
    expect(render({ reason: 'body_unreadable', problem }, { kind: 'unread', resourceKind: 'llm' }).status).toBe(status)
  })

  it('an unknown method is refused like by policy, but as -32601', () => {
    const request = { ...UNREAD, shape: 'request', requestId: { lexeme: '17' } } as const
    expect(render(denialFor('method_unknown'), request).status).toBe(200)
    expect(bodyOf(render(denialFor('method_unknown'), request))).toMatchObject({ id: 17, error: { code: -32601 } })
    expect(render(denialFor('method_unknown'), request, http).status).toBe(403)
    expect(render(denialFor('method_unknown'), { ...UNREAD, shape: 'notification' }).status).toBe(202)
    expect(render(denialFor('method_unknown'), { ...UNREAD, shape: 'stream' }).status).toBe(405)
    expect(render(denialFor('method_unknown'), { kind: 'unread', resourceKind: 'llm' }).status).toBe(403)
  })
})

describe('we could not establish it', () => {
  it.each(['deadline_exceeded', 'state_unavailable', 'policy_unavailable', 'profile_unavailable', 'audit_unavailable', 'keys_unavailable'] as const)(
    '%s: 200 with -32603 over gRPC, 403 over HTTP, never a 5xx',
    (reason) => {
      for (const call of [TOOL_CALL, LIST]) {
        const reply = render(denialFor(reason), call)
        expect(reply.status).toBe(200)
        expect(bodyOf(reply)).toMatchObject({ error: { code: -32603, data: { retryable: true } } })
        expect(render(denialFor(reason), call, http).status).toBe(403)
      }
      expect(render(denialFor(reason), LLM).status).toBe(403)
      expect(render(denialFor(reason), NOTIFICATION).status).toBe(202)
    },
  )
})

describe('not established whom it concerns', () => {
  it.each(['gateway_unauthenticated', 'resource_unknown'] as const)('%s is 403 whatever was sent', (reason) => {
    for (const call of [TOOL_CALL, NOTIFICATION, STREAM, LLM, UNREAD, { kind: 'unread' } as const]) expect(render(denialFor(reason), call).status).toBe(403)
  })

  it('RFC 9457: is a problem where the protocol is not known either', () => {
    const reply = render(denialFor('resource_unknown'), { kind: 'unread' })
    expect(headerOf(reply, 'content-type')).toBe('application/json')
    expect(bodyOf(reply)).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'The resource of this call is not known here.',
      effect: 'deny',
      decision_id: DECISION,
      reason: 'resource_unknown',
      message: 'The resource of this call is not known here.',
      retryable: false,
    })
  })
})
