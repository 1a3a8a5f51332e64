import { describe, expect, it } from 'vitest'
import { CheckRequestSchema, McpRequestSchema, UNREADABLE, authorizationService, encodeMessage, extMcpService } from '@bailiwick/wire'
import { boundedBesideBody, CHECK_REQUEST_BODY, MAX_BESIDE_BODY, MCP_BODY } from '../../src/doors/beside-body.ts'

const check = boundedBesideBody(authorizationService.check, CHECK_REQUEST_BODY)
const mcp = boundedBesideBody(extMcpService.checkRequest, MCP_BODY)
const LARGE = MAX_BESIDE_BODY * 4

function checkOf(http: { readonly rawBody?: Uint8Array; readonly body?: Uint8Array; readonly headers?: Record<string, string> }): Buffer {
  return encodeMessage(CheckRequestSchema, { attributes: { contextExtensions: { a: 'b' }, request: { http: { method: 'POST', path: '/mcp', ...http } } } })
}
const headers = (count: number): Record<string, string> => Object.fromEntries(Array.from({ length: count }, (_, at) => [`h${at}`, 'v']))

describe('what a message holds beside its body', () => {
  it.each([
    ['a large body as bytes', checkOf({ rawBody: new Uint8Array(LARGE), headers: headers(100) })],
    ['a large body as text', checkOf({ body: Buffer.alloc(LARGE, 'x') })],
    ['many headers and no body', checkOf({ headers: headers(10_000) })],
  ])('is not much of one with %s', (_what, bytes) => {
    expect(check.requestDeserialize(bytes)).toEqual(authorizationService.check.requestDeserialize(bytes))
    expect(check.requestDeserialize(bytes)).not.toBe(UNREADABLE)
  })

  it.each([
    ['headers without end', checkOf({ headers: headers(100_000) })],
    ['headers without end behind a large body', checkOf({ rawBody: new Uint8Array(LARGE), headers: headers(100_000) })],
    ['a long path', encodeMessage(CheckRequestSchema, { attributes: { request: { http: { path: 'x'.repeat(LARGE) } } } })],
    ['a body in another place', encodeMessage(CheckRequestSchema, { attributes: { contextExtensions: { a: 'x'.repeat(LARGE) } } })],
    ['the same message over and over', Buffer.concat(Array.from({ length: 200 }, () => checkOf({ headers: headers(200) })))],
    ['a length beyond its end', Buffer.concat([Buffer.from([0x0a, 0xff, 0xff, 0xff, 0x7f]), Buffer.alloc(LARGE, 0x0a)])],
    ['no message', Buffer.alloc(LARGE, 0xff)],
  ])('is too much of one with %s', (_what, bytes) => {
    expect(check.requestDeserialize(bytes)).toBe(UNREADABLE)
  })

  it('is looked at in the messages of ExtMcp too', () => {
    const params = Buffer.alloc(LARGE, 0x20)
    expect(mcp.requestDeserialize(encodeMessage(McpRequestSchema, { method: 'tools/call', mcpRequest: params }))).not.toBe(UNREADABLE)
    const named = encodeMessage(McpRequestSchema, { serviceNames: Array.from({ length: 100_000 }, () => 'abc'), mcpRequest: params })
    expect(mcp.requestDeserialize(named)).toBe(UNREADABLE)
  })
})
