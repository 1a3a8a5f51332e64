// Denials of model calls in the words of each provider: the shape its SDK reads, and in every one of them the decision id, the
// reason and the remediation.
import { describe, expect, it } from 'vitest'
import type { Call, Denial, LlmDialect } from '@bailiwick/core'
import { DIALECTS } from '../../src/read/llm/dialects.ts'
import { bodyOf, BODY_PROBLEMS, DECISION, denialFor, headerOf, LLM, METADATA, REASONS, render } from './fixtures.ts'

const EVERY: readonly LlmDialect[] = [...new Set(DIALECTS.map(({ dialect }) => dialect))]
const read = (dialect: LlmDialect): Call => ({ ...LLM, dialect })
const unread = (dialect: LlmDialect): Call => ({ kind: 'unread', resourceKind: 'llm', dialect })

const STEP_UP: Denial = {
  reason: 'approval_required',
  policyReason: 'Opus needs a lead.',
  remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
  rule: 'internal-rule',
  detail: 'internal-detail',
}
const DATA = {
  effect: 'deny',
  decision_id: DECISION,
  reason: 'approval_required',
  message: 'Opus needs a lead.',
  remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
  retryable: false,
}
const PROSE = `Opus needs a lead.\nRemediation: {"type":"step_up","approvers_role":"tier-2-lead"}\nDecision: ${DECISION}`

describe('the shape of each provider', () => {
  it.each([
    'openai_chat',
    'openai_responses',
    'openai_completions',
    'openai_embeddings',
    'openai_moderations',
    'openai_images',
    'openai_speech',
    'openai_audio',
  ] as const)('OpenAI: %s', (dialect) => {
    expect(bodyOf(render(STEP_UP, read(dialect)))).toEqual({
      error: { message: PROSE, type: 'permission_error', param: null, code: 'approval_required', bailiwick: DATA },
    })
  })

  it.each(['anthropic_messages', 'anthropic_count_tokens', 'anthropic_batches'] as const)('Anthropic: %s', (dialect) => {
    const reply = render(STEP_UP, read(dialect))
    expect(bodyOf(reply)).toEqual({ type: 'error', error: { type: 'permission_error', message: 'Opus needs a lead.', bailiwick: DATA }, request_id: DECISION })
    expect(headerOf(reply, 'request-id')).toBe(DECISION)
  })

  it.each(['gemini_generate', 'gemini_count_tokens', 'vertex_raw'] as const)('Google: %s', (dialect) => {
    expect(bodyOf(render(STEP_UP, read(dialect)))).toEqual({
      error: {
        code: 403,
        message: 'Opus needs a lead.',
        status: 'PERMISSION_DENIED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: 'APPROVAL_REQUIRED',
            domain: 'bailiwick.dev',
            metadata: {
              decision_id: DECISION,
              reason: 'approval_required',
              retryable: 'false',
              remediation: '{"type":"step_up","approvers_role":"tier-2-lead"}',
            },
          },
        ],
      },
    })
  })

  it.each(['bedrock_converse', 'bedrock_invoke'] as const)('AWS: %s', (dialect) => {
    const reply = render(STEP_UP, read(dialect))
    expect(bodyOf(reply)).toEqual({ message: PROSE, bailiwick: DATA })
    expect(headerOf(reply, 'x-amzn-errortype')).toBe('AccessDeniedException')
  })

  it.each(['cohere_chat', 'rerank'] as const)('Cohere: %s', (dialect) =>
    expect(bodyOf(render(STEP_UP, read(dialect)))).toEqual({ message: PROSE, bailiwick: DATA }),
  )

  it('Ollama', () => expect(bodyOf(render(STEP_UP, read('ollama_chat')))).toEqual({ error: PROSE, bailiwick: DATA }))
})

describe('the kind of error by status', () => {
  const kinds = (dialect: LlmDialect): readonly unknown[] =>
    [denialFor('token_missing'), denialFor('policy_denied'), denialFor('body_unreadable'), { reason: 'body_unreadable', problem: 'too_large' } as const].map(
      (denial) => {
        const reply = render(denial, read(dialect))
        const error = JSON.stringify(bodyOf(reply))
        return [reply.status, headerOf(reply, 'x-amzn-errortype') ?? /"(?:status|type)":"([A-Z_]+|[a-z_]+_error|request_too_large)"/.exec(error)?.[1]]
      },
    )

  it('OpenAI', () =>
    expect(kinds('openai_chat')).toEqual([
      [401, 'authentication_error'],
      [403, 'permission_error'],
      [400, 'invalid_request_error'],
      [413, 'invalid_request_error'],
    ]))
  it('Anthropic', () =>
    expect(kinds('anthropic_messages')).toEqual([
      [401, 'authentication_error'],
      [403, 'permission_error'],
      [400, 'invalid_request_error'],
      [413, 'request_too_large'],
    ]))
  it('Google', () =>
    expect(kinds('gemini_generate')).toEqual([
      [401, 'UNAUTHENTICATED'],
      [403, 'PERMISSION_DENIED'],
      [400, 'INVALID_ARGUMENT'],
      [413, 'INVALID_ARGUMENT'],
    ]))
  it('AWS', () =>
    expect(kinds('bedrock_invoke')).toEqual([
      [401, 'AccessDeniedException'],
      [403, 'AccessDeniedException'],
      [400, 'ValidationException'],
      [413, 'ValidationException'],
    ]))
})

const LOUD = '"\\\u0000\u202eé\u2028</script>'.repeat(400)
const HARSH: readonly Denial[] = [
  ...REASONS.map(denialFor),
  ...BODY_PROBLEMS.map((problem) => ({ reason: 'body_unreadable', problem }) as const),
  { reason: 'policy_denied', policyReason: LOUD, remediation: { type: LOUD, [LOUD]: [LOUD, { [LOUD]: LOUD }] } },
  { reason: 'approval_required', policyReason: '"'.repeat(5000), remediation: { type: 'x', text: '\\'.repeat(75), more: '"'.repeat(75) } },
  { reason: 'approval_required', policyReason: '\\'.repeat(5000), remediation: { type: 'x', list: Array.from({ length: 12 }, () => '"'.repeat(12)) } },
  { reason: 'arguments_invalid', pointers: Array.from({ length: 5000 }, () => `/${LOUD}`) },
]

describe.each(EVERY)('every denial, to %s', (dialect) => {
  it.each(['grpc', 'http'] as const)('on channel %s is one its SDK neither repeats nor fails to read', (channel) => {
    for (const denial of HARSH) {
      for (const call of [read(dialect), unread(dialect)]) {
        const reply = render(denial, call, { channel })
        expect([400, 401, 403, 413]).toContain(reply.status)
        expect(Buffer.byteLength(reply.body)).toBeLessThan(4096)
        expect(reply.body).toContain(DECISION)
        expect(reply.body).toContain(denial.reason)
        expect(reply.body).not.toContain('internal-')
        const names = reply.headers.map(([name]) => name)
        expect(new Set(names).size).toBe(names.length)
        expect(headerOf(reply, 'content-type')).toBe('application/json')
        expect(headerOf(reply, 'x-bailiwick-decision')).toBe(DECISION)
        // Read or not, the client is the same.
        expect(reply).toEqual(render(denial, read(dialect), { channel }))
      }
    }
  })

  it('keeps the challenge', () => {
    expect(headerOf(render(denialFor('token_expired'), unread(dialect)), 'www-authenticate')).toBe(
      `Bearer resource_metadata="${METADATA}", error="invalid_token"`,
    )
  })

  it('says the remediation', () => expect(render(STEP_UP, unread(dialect)).body).toContain('tier-2-lead'))
})

it('a path nobody knows is answered as most clients read', () => {
  expect(bodyOf(render(denialFor('method_unknown'), { kind: 'unread', resourceKind: 'llm' }))).toMatchObject({ error: { code: 'method_unknown' } })
})
