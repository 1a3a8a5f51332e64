// MCP 2026-07-28, what is asked of who reads a body that headers repeat (test/conformance/src/mcp-validation.ts has the rows): read, and answered as a client of
// a gateway would see it.
import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { DENIALS, newDecisionId } from '@bailiwick/core'
import type { Call, HeaderList } from '@bailiwick/core'
import { readCall } from '../../../src/read/read-call.ts'
import type { ReadOutcome } from '../../../src/read/read-outcome.ts'
import { renderDenial } from '../../../src/render/render-denial.ts'
import { http, META_2026, NEW, OLD } from '../fixtures.ts'
import type { Sent } from '../fixtures.ts'

const TOOL = { method: 'tools/call', params: { name: 'refund_issue', arguments: { region: 'us-west1' } } }
type Headers = Readonly<Record<string, string | undefined>>
interface Message {
  readonly id?: unknown
  readonly method: string
  readonly params?: object
}

function send({ id = 1, method, params = {} }: Message, headers: Headers = {}, more: Partial<Sent> = {}): ReadOutcome {
  const sent: Headers = { 'content-type': 'application/json', 'mcp-protocol-version': NEW, 'mcp-method': method, ...headers }
  const list: HeaderList = Object.entries(sent).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]))
  return readCall(testResource('mcp'), http({ body: { jsonrpc: '2.0', id, method, params: { _meta: META_2026, ...params } }, headers: list, ...more }))
}

/** `allowed`, or the status and code a client sees through a gateway. */
function seen(outcome: ReadOutcome): unknown {
  if (outcome.ok) return 'allowed'
  const { status, body } = renderDenial({ denial: outcome.denial, call: outcome.unread, decisionId: newDecisionId(0), channel: 'grpc' })
  return body === '' ? [status] : [status, JSON.parse(body).error.code, JSON.parse(body).id]
}

const MISMATCH = [400, -32020, 1]
const NAMED = { 'mcp-name': 'refund_issue' }
const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`

describe('request metadata of 2026-07-28', () => {
  it('takes a request whose headers repeat its body', () => expect(seen(send(TOOL, NAMED))).toBe('allowed'))

  it('refuses a revision in the header that is not the body’s, either way round (MCP 1)', () => {
    expect(seen(send(TOOL, { ...NAMED, 'mcp-protocol-version': OLD }))).toEqual(MISMATCH)
    const other = { ...TOOL, params: { ...TOOL.params, _meta: { 'io.modelcontextprotocol/protocolVersion': OLD } } }
    expect(seen(send(other, NAMED))).toEqual(MISMATCH)
    expect(seen(send({ ...TOOL, params: { ...TOOL.params, _meta: {} } }, NAMED))).toEqual(MISMATCH)
  })

  it('refuses a body that declares the revision without the header (MCP 2)', () =>
    expect(seen(send(TOOL, { ...NAMED, 'mcp-protocol-version': undefined }))).toEqual(MISMATCH))

  it('reads a request without both as one of 2025-03-26 (MCP 3)', () =>
    expect(send({ ...TOOL, params: { ...TOOL.params, _meta: {} } }, { 'mcp-protocol-version': undefined, 'mcp-method': undefined })).toMatchObject({
      ok: true,
      call: { protocolVersion: '2025-03-26' },
    }))

  it('refuses a request without Mcp-Method (MCP 4)', () => expect(seen(send(TOOL, { ...NAMED, 'mcp-method': undefined }))).toEqual(MISMATCH))

  it.each([
    ['tools/call', { name: 'a' }, 'a'],
    ['prompts/get', { name: 'a' }, 'a'],
    ['resources/read', { uri: 'file:///a' }, 'file:///a'],
  ])('refuses %s without Mcp-Name (MCP 5)', (method, params, name) => {
    expect(seen(send({ method, params }, { 'mcp-name': name }))).toBe('allowed')
    expect(seen(send({ method, params }))).toEqual(MISMATCH)
  })

  it.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('refuses %s without Mcp-Name (MCP 6)', (method) => {
    expect(seen(send({ method, params: { taskId: 't-1' } }, { 'mcp-name': 't-1' }))).toBe('allowed')
    expect(seen(send({ method, params: { taskId: 't-1' } }))).toEqual(MISMATCH)
  })

  it.each([{ 'mcp-method': 'tools/list' }, { 'mcp-name': 'refund_status' }, { 'mcp-name': '' }])('refuses %j, which the body does not say (MCP 7)', (headers) =>
    expect(seen(send(TOOL, { ...NAMED, ...headers }))).toEqual(MISMATCH),
  )

  it('decodes Mcp-Name before it compares (MCP 8)', () => {
    expect(seen(send(TOOL, { 'mcp-name': encoded('refund_issue') }))).toBe('allowed')
    expect(seen(send(TOOL, { 'mcp-name': encoded('refund_status') }))).toEqual(MISMATCH)
  })

  it('takes the markers only as they are written, and what looks encoded for encoded (MCP 9)', () => {
    for (const value of [
      encoded('refund_issue').replace('base64', 'BASE64'),
      encoded('refund_issue').slice(0, -2),
      `${encoded('refund_issue')} `,
      '=?base64?*?=',
    ])
      expect(seen(send(TOOL, { 'mcp-name': value }))).toEqual(MISMATCH)
    expect(seen(send(TOOL, { 'mcp-name': encoded(encoded('refund_issue')) }))).toEqual(MISMATCH)
  })

  it.each(['refund_issue\u0000', 'refund_issue\u007f', 'refund_iss\u00fce'])('refuses the header value %j (MCP 10)', (value) =>
    expect(seen(send(TOOL, { 'mcp-name': value }))).toEqual(MISMATCH),
  )

  it('knows a header by its name in any case, and its value in one (MCP 11)', () => {
    const headers = { 'mcp-method': undefined, 'MCP-METHOD': 'tools/call', 'Mcp-Name': 'refund_issue' }
    expect(seen(send(TOOL, headers))).toBe('allowed')
    expect(seen(send(TOOL, { ...NAMED, 'mcp-method': 'Tools/Call' }))).toEqual(MISMATCH)
    expect(seen(send(TOOL, { 'mcp-name': 'Refund_Issue' }))).toEqual(MISMATCH)
  })

  it('leaves an Mcp-Param header alone (MCP 12)', () => {
    for (const value of ['us-west1', 'elsewhere', encoded('x'), '\u0001']) expect(seen(send(TOOL, { ...NAMED, 'mcp-param-region': value }))).toBe('allowed')
  })

  it('decides by headers alone only where the revision has them validated (MCP 14)', () => {
    const ask = (version: string): unknown =>
      seen(
        readCall(
          testResource('mcp', { validatesMcpHeaders: true }),
          http({
            raw: 'absent',
            headers: [
              ['mcp-protocol-version', version],
              ['mcp-method', 'tools/list'],
            ],
          }),
        ),
      )
    expect(ask(NEW)).toBe('allowed')
    for (const version of [OLD, '2025-06-18', '2025-03-26', '']) expect(ask(version)).toEqual([400, -32600, undefined])
  })

  it('has an HTTP error for every failed validation, on doors that relay a status and on those that judge by it (MCP 15)', () => {
    for (const channel of ['grpc', 'http'] as const) {
      const outcome = send(TOOL)
      if (outcome.ok) throw new Error('a refusal was expected')
      expect(renderDenial({ denial: outcome.denial, call: outcome.unread, decisionId: newDecisionId(0), channel }).status).toBe(400)
    }
  })
})

describe('messages of 2026-07-28', () => {
  it('refuses a batch, and anything that is no object (MCP 16)', () => {
    for (const body of [[{ jsonrpc: '2.0', id: 1, ...TOOL }], [], 'x', 1, null]) expect(seen(send(TOOL, NAMED, { body }))).toEqual([400, -32600, undefined])
  })

  it('refuses a response (MCP 17)', () => {
    for (const rest of [{ result: {} }, { error: { code: 1, message: 'x' } }])
      expect(seen(send(TOOL, { 'mcp-method': undefined }, { body: { jsonrpc: '2.0', id: 1, ...rest } }))).toEqual([400, -32600, undefined])
  })

  it.each(['GET', 'DELETE'])('answers %s with 405 (MCP 18)', (method) =>
    expect(seen(send(TOOL, { 'mcp-method': undefined }, { method, raw: 'absent' }))).toMatchObject([405, -32601, undefined]),
  )

  it('does not mind the session of an older client (MCP 19)', () =>
    expect(seen(send(TOOL, { ...NAMED, 'mcp-session-id': 's-1', 'last-event-id': '7' }))).toBe('allowed'))

  it.each(['2099-01-01', '1900-01-01', 'x', '2026-07-28 '])('refuses the revision %j with 400 (MCP 20)', (version) => {
    const declared = { ...TOOL, params: { ...TOOL.params, _meta: { 'io.modelcontextprotocol/protocolVersion': version } } }
    expect(seen(send(declared, { ...NAMED, 'mcp-protocol-version': version }))).toEqual([400, -32600, 1])
  })

  it.each([null, 1.5, true, {}, []])('refuses the id %j (MCP 23)', (id) => expect(seen(send({ ...TOOL, id }, NAMED))).toEqual([400, -32600, undefined]))

  it.each(['a', '', 0, -3])('answers the id %j with itself, and with none what could not be read (MCP 24)', (id) => {
    expect(seen(send({ ...TOOL, id }))).toEqual([400, -32020, id])
    expect(seen(send(TOOL, NAMED, { raw: '{"id":1' }))).toEqual([400, -32700, undefined])
  })
})

describe('answers of 2026-07-28', () => {
  const request: Call = { kind: 'mcp', shape: 'request', method: 'tools/list', requestId: { lexeme: '1' }, protocolVersion: NEW }
  const render = (reason: string, call: Call): { readonly status: number; readonly body: string } =>
    renderDenial({ denial: { reason, problem: 'syntax', pointers: [], scopes: [] } as never, call, decisionId: newDecisionId(0), channel: 'grpc' })

  it('use no code of the specification but -32020, and none that is gone (MCP 25)', () => {
    for (const reason of Object.keys(DENIALS)) {
      const { body } = render(reason, request)
      const { code } = JSON.parse(body).error
      expect(Number.isInteger(code)).toBe(true)
      expect([-32002, -32042]).not.toContain(code)
      if (code <= -32020 && code >= -32099) expect([reason, code]).toEqual(['header_mismatch', -32020])
    }
  })

  it('are none to a notification (MCP 26)', () => {
    const { status, body } = render('policy_denied', { kind: 'mcp', shape: 'notification', method: 'notifications/cancelled', protocolVersion: NEW })
    expect([status, body]).toEqual([202, ''])
  })

  it('say that a result is complete, which older revisions do not know (MCP 27)', () => {
    const resultOf = (protocolVersion: string): unknown =>
      JSON.parse(render('policy_denied', { ...request, method: 'tools/call', name: 'x', arguments: {}, protocolVersion }).body).result
    expect(resultOf(NEW)).toMatchObject({ isError: true, resultType: 'complete' })
    expect(resultOf(OLD)).not.toHaveProperty('resultType')
  })
})
