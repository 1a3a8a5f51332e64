// Every reason against every shape of call: what must hold for all of them.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Call, Denial, JsonValue, RequestId } from '@bailiwick/core'
import { printable } from '../../src/render/printable.ts'
import type { RenderedReply } from '../../src/render/render-denial.ts'
import { bodyOf, BODY_PROBLEMS, CALLS, DECISION, denialFor, headerOf, REASONS, render, TOOL_CALL } from './fixtures.ts'

/** As much hostile text as a policy, or a caller's own argument names, could hold. */
const LOUD = '"\\\u0000\u202e\u{e0041}é\u2028</script>'.repeat(400)
const LOUD_OBJECT = { type: LOUD, [LOUD]: [LOUD, { [LOUD]: LOUD }], n: Array.from({ length: 12 }, () => '"'.repeat(40)) }

function denials(): readonly (readonly [string, Denial])[] {
  const each = REASONS.map((reason) => [reason, denialFor(reason)] as const)
  const bodies = BODY_PROBLEMS.map((problem) => [`body_unreadable ${problem}`, { reason: 'body_unreadable', problem }] as const)
  const loud = [
    ['policy_denied, loudly', { reason: 'policy_denied', policyReason: LOUD, remediation: LOUD_OBJECT }],
    [
      'approval_required, to the brim',
      { reason: 'approval_required', policyReason: '"'.repeat(5000), remediation: { type: 'x', text: '\\'.repeat(150), more: '"'.repeat(60) } },
    ],
    ['arguments_invalid, loudly', { reason: 'arguments_invalid', pointers: Array.from({ length: 5000 }, () => `/${LOUD}`) }],
    ['scope_missing, loudly', { reason: 'scope_missing', scopes: [LOUD, ...Array.from({ length: 500 }, (_, i) => `scope:${i}${'x'.repeat(80)}`)] }],
  ] as const satisfies readonly (readonly [string, Denial])[]
  return [...each, ...bodies, ...loud]
}

const WALK = denials().flatMap(([name, denial]) => Object.entries(CALLS).map(([shape, call]) => [name, shape, denial, call] as const))

describe.each(['grpc', 'http'] as const)('on channel %s', (channel) => {
  it.each(WALK)('%s for %s', (_name, _shape, denial, call) => {
    const reply = render(denial, call, { channel })
    expect(reply.status).toBeLessThan(500)
    expect(reply.status).not.toBe(429)
    if (channel === 'http') expect(reply.status).toBeGreaterThanOrEqual(400)
    expect(Buffer.byteLength(reply.body)).toBeLessThan(4096)
    expect(reply.body).not.toContain('internal-')
    expectFrame(reply)
    if (reply.body === '') expect(reply.status).toBe(202)
    else expectBody(reply, denial, call)
  })
})

function expectFrame(reply: RenderedReply): void {
  const names = reply.headers.map(([name]) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(headerOf(reply, 'cache-control')).toBe('no-store')
  expect(headerOf(reply, 'x-bailiwick-decision')).toBe(DECISION)
  for (const [name, value] of reply.headers) {
    expect(name).toMatch(/^[a-z-]+$/)
    expect(value).toMatch(/^[ -~]{1,4000}$/)
  }
  const challenge = headerOf(reply, 'www-authenticate')
  if (challenge !== undefined) expect(challenge).toMatch(/^(?:Bearer|DPoP)( [a-z_]+="[^"\\]*"(, [a-z_]+="[^"\\]*")*)?$/)
  expect(reply.status === 401).toBe(challenge !== undefined && !challenge.includes('insufficient_scope'))
}

function expectBody(reply: RenderedReply, denial: Denial, call: Call): void {
  expect(headerOf(reply, 'content-type')).toBe('application/json')
  const body = bodyOf(reply)
  expect(reply.body).toContain(`"reason":"${denial.reason}"`)
  expect(reply.body).toContain(DECISION)
  // eslint-disable-next-line no-control-regex
  expect(reply.body).not.toMatch(/[\u202e\u2028\u{e0041}]|\\u0000/u)
  const mcp = call.kind === 'mcp' || (call.kind === 'unread' && call.resourceKind === 'mcp')
  if (!mcp) return
  expect(body['jsonrpc']).toBe('2.0')
  const requestId: RequestId | undefined = call.requestId
  expect(reply.body.startsWith(requestId === undefined ? '{"jsonrpc":"2.0","' : `{"jsonrpc":"2.0","id":${requestId.lexeme},`)).toBe(true)
  expect('id' in body).toBe(requestId !== undefined)
  expect('result' in body).not.toBe('error' in body)
  // A 200 must be an answer to something.
  if (reply.status === 200) expect(requestId).not.toBe(undefined)
  expect(body).not.toHaveProperty('result.structuredContent')
}

describe('text of others', () => {
  it('loses what hides or reorders, and keeps what people write', () => {
    expect(printable('a\u0000\u001b[31mb\u202ec\u200bd\u{e0041}e\u2028f\ud800', 100)).toBe('a [31mb c d e f\ufffd')
    expect(printable('Überweisung > 500 € braucht “tier-2”.', 100)).toBe('Überweisung > 500 € braucht “tier-2”.')
  })

  it('falls back to the fixed sentence when nothing is left of it', () => {
    expect(bodyOf(render({ reason: 'policy_denied', policyReason: '\u200b\u202e' }, TOOL_CALL, { channel: 'http' }))).toMatchObject({
      error: { message: 'The policy does not allow this call.' },
    })
  })

  it('is cut at a character, to the size it takes as JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.integer({ min: 8, max: 120 }), (text, maxBytes) => {
        const cut = printable(text, maxBytes)
        expect(cut.isWellFormed()).toBe(true)
        expect(Buffer.byteLength(JSON.stringify(cut)) - 2).toBeLessThanOrEqual(maxBytes)
      }),
      { numRuns: 500 },
    )
  })

  it('of a remediation that does not fit only the type is told', () => {
    const remediation = { type: 'step_up', note: 'x'.repeat(100), a: 'y'.repeat(150), b: 'z'.repeat(150), c: 'w'.repeat(150) }
    expect(bodyOf(render({ reason: 'approval_required', remediation }, TOOL_CALL, { channel: 'http' }))).toMatchObject({
      error: { data: { remediation: { type: 'step_up', truncated: true } } },
    })
  })

  it('survives any remediation a policy could write, whatever its depth', () => {
    let deep: JsonValue = 'x'
    for (let depth = 0; depth < 5000; depth++) deep = [deep]
    const reply = render({ reason: 'policy_denied', remediation: { type: 'step_up', deep } }, TOOL_CALL)
    expect(bodyOf(reply)).toMatchObject({ result: { _meta: { 'dev.bailiwick/decision': { remediation: { type: 'step_up', truncated: true } } } } })
  })
})
