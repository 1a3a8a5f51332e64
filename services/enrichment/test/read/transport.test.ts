import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { readCall } from '../../src/read/read-call.ts'
import { checkPath } from '../../src/read/transport/check-path.ts'
import { denialOf, http, JSON_HEADERS, withHeaders } from './fixtures.ts'
import type { Sent } from './fixtures.ts'

const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
const read = (sent: Sent): Readonly<Record<string, unknown>> => denialOf(readCall(testResource('mcp'), http({ body: ping, ...sent })))
const without = (name: string): Sent['headers'] => JSON_HEADERS.filter(([header]) => header !== name)
const contentType = (value: string): Sent => ({ headers: [...(without('content-type') ?? []), ['content-type', value]] })

describe('media type and coding', () => {
  it.each(['application/json', 'Application/JSON', 'application/json; charset=utf-8', 'application/json;charset=UTF-8', 'application/json; charset="utf-8"'])(
    'reads %s',
    (type) => expect(read(contentType(type))).toHaveProperty('allowed'),
  )

  it.each([
    ['text/plain', 'not_a_request'],
    ['application/json-rpc', 'not_a_request'],
    ['application/jsonx', 'not_a_request'],
    ['multipart/form-data; boundary=x', 'not_a_request'],
    ['application/json, text/plain', 'not_a_request'],
    ['application/json; charset=utf-16', 'encoding'],
    ['application/json; charset=utf-7', 'encoding'],
    ['application/json; charset=utf-8; charset=utf-16', 'encoding'],
    ['application/json; boundary=x', 'encoding'],
  ])('refuses %s', (type, problem) => expect(read(contentType(type))).toMatchObject({ reason: 'body_unreadable', problem }))

  it('refuses a request without a media type', () => {
    expect(read({ headers: without('content-type') ?? [] })).toMatchObject({ problem: 'not_a_request', detail: 'media_type' })
  })

  it.each(['gzip', 'br', 'identity', ''])('refuses the content coding %j', (coding) => {
    expect(read({ headers: withHeaders(['content-encoding', coding]) })).toMatchObject({ problem: 'encoding', detail: 'content_encoding' })
  })
})

describe('bodies that are not all there', () => {
  it('refuses a body the gateway cut', () => expect(read({ raw: 'partial' })).toMatchObject({ problem: 'partial' }))
  it('refuses no body at all', () => expect(read({ raw: 'absent' })).toMatchObject({ problem: 'not_a_request', detail: 'body_absent' }))
  it('refuses an empty body', () => expect(read({ raw: '' })).toMatchObject({ problem: 'not_a_request', detail: 'body_absent' }))
  it('refuses a body that was announced and did not come', () => {
    expect(read({ raw: 'absent', headers: withHeaders(['content-length', '40']) })).toMatchObject({ problem: 'partial', detail: 'body_not_forwarded' })
    expect(read({ raw: '', headers: withHeaders(['transfer-encoding', 'chunked']) })).toMatchObject({ problem: 'partial', detail: 'body_not_forwarded' })
  })
  it('refuses a body shorter or longer than announced', () => {
    const length = JSON.stringify(ping).length
    expect(read({ headers: withHeaders(['content-length', String(length)]) })).toHaveProperty('allowed')
    expect(read({ headers: withHeaders(['content-length', String(length + 1)]) })).toMatchObject({ problem: 'partial' })
    expect(read({ headers: withHeaders(['content-length', String(length - 1)]) })).toMatchObject({ problem: 'not_a_request', detail: 'content_length' })
  })
  it('refuses one byte more than the resource takes', () => {
    const length = JSON.stringify(ping).length
    expect(denialOf(readCall(testResource('mcp', { maxBodyBytes: length }), http({ body: ping })))).toHaveProperty('allowed')
    expect(denialOf(readCall(testResource('mcp', { maxBodyBytes: length - 1 }), http({ body: ping })))).toMatchObject({ problem: 'too_large' })
  })
})

describe('headers two readers could see differently', () => {
  it.each(['authorization', 'content-type', 'content-length', 'host', 'mcp-method', 'mcp-session-id', 'mcp-param-region', 'Authorization'])(
    'refuses %s twice',
    (name) => {
      const value = name === 'content-length' ? String(JSON.stringify(ping).length) : 'ping'
      const others = JSON_HEADERS.filter(([header]) => header !== name.toLowerCase())
      expect(read({ headers: [...others, [name, value], [name, value]] })).toMatchObject({ reason: 'body_unreadable', detail: 'header_repeated' })
    },
  )

  it.each(['content_length', 'mcp_name', 'Mcp-Protocol_Version', 'transfer_encoding'])(
    'refuses the spelling %s, which a CGI upstream reads as the real one',
    (name) => expect(read({ headers: withHeaders([name, '1']) })).toMatchObject({ detail: 'header_spelling' }),
  )

  it('leaves other headers alone, however often they come', () => {
    expect(read({ headers: withHeaders(['x-trace', 'a'], ['x-trace', 'b'], ['x_other', 'c'], ['accept', 'd']) })).toHaveProperty('allowed')
  })

  it.each(['authorization', 'x-bailiwick-subject', 'keep-alive, content-length', 'close, HTTP2-Settings'])('refuses Connection: %s', (value) => {
    expect(read({ headers: withHeaders(['connection', value]) })).toMatchObject({ detail: 'connection_option' })
  })

  it.each(['keep-alive', 'close', 'TE, Keep-Alive', 'upgrade', ''])('takes Connection: %j', (value) => {
    expect(read({ headers: withHeaders(['connection', value]) })).toHaveProperty('allowed')
  })

  it('checks every Connection header, not the first alone', () => {
    expect(read({ headers: withHeaders(['connection', 'close'], ['connection', 'authorization']) })).toMatchObject({ detail: 'connection_option' })
  })

  it.each(['websocket', 'h2c'])('refuses to open a channel nobody reads: Upgrade %s', (value) => {
    expect(read({ headers: withHeaders(['upgrade', value]) })).toMatchObject({ detail: 'upgrade' })
  })

  it.each([
    ['content-length', '5, 5'],
    ['content-length', '-1'],
    ['content-length', '0x10'],
    ['transfer-encoding', 'gzip, chunked'],
  ])('refuses the framing %s: %s', (name, value) => expect(read({ headers: withHeaders([name, value]) })).toMatchObject({ detail: 'framing' }))

  it('refuses both framings at once', () => {
    expect(read({ headers: withHeaders(['content-length', '40'], ['transfer-encoding', 'chunked']) })).toMatchObject({ detail: 'framing' })
  })

  it('refuses a Host that a gateway joined from two', () => {
    expect(read({ headers: [...(without('host') ?? []), ['host', 'a.example, b.example']] })).toMatchObject({ detail: 'header_repeated' })
  })
})

describe('a path has one normal form', () => {
  it.each(['/', '/mcp', '/mcp/', '/a/b-c_d.e~f', '/caf%C3%A9', '/a;v=1/b', '/mcp?x=1&y=/../%2e', '/a%20b', '/@x:y,z', '/...', '/.well-known/x'])(
    'takes %s',
    (path) => {
      expect(checkPath(path)).toBe(undefined)
    },
  )

  it.each([
    '',
    'mcp',
    '*',
    'http://evil.example/mcp',
    '//evil.example/mcp',
    '/a//b',
    '/./a',
    '/a/..',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a/%2E/b',
    '/a/..;/b',
    '/a/.;x=1/b',
    '/a%2fb',
    '/a%5Cb',
    '/a\\b',
    '/a%00',
    '/a\u0000b',
    '/a%0d%0aX:1',
    '/a b',
    '/a#b',
    '/a?b#c',
    '/é',
    '/a%252fb',
    '/a%',
    '/a%2',
    '/a%zz',
    '/%6dcp',
    '/a?b c',
    '/a?\u00e9',
    '/a"b',
    '/a[b]',
  ])('refuses %j', (path) => expect(checkPath(path)).toMatchObject({ problem: 'not_a_request' }))

  it('is the path a URL parser leaves as it is, whenever it is taken', () => {
    const piece = fc.constantFrom('/', '.', '..', 'a', 'mcp', ';', '%2e', '%2f', '\\', '?', '#', '@', ':', '%41', '%20')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = `/${pieces.join('')}`
        if (checkPath(path) === undefined) {
          const url = new URL(path, 'http://host.example')
          expect(url.host).toBe('host.example')
          expect(`${url.pathname}${path.includes('?') ? '?' : ''}${url.search.slice(1)}`).toBe(path)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('refuses a path longer than any server takes', () => {
    expect(checkPath(`/${'a'.repeat(8191)}`)).toBe(undefined)
    expect(checkPath(`/${'a'.repeat(8192)}`)).toMatchObject({ detail: 'path_length' })
  })

  it('refuses the request, not only the path', () => {
    expect(read({ path: '/mcp/../admin' })).toMatchObject({ reason: 'body_unreadable', problem: 'not_a_request', detail: 'path' })
  })
})

describe('bodies the strict reader refuses', () => {
  it.each([
    ['{"jsonrpc":"2.0","id":1,"method":"ping"', 'syntax'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping"} x', 'syntax'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}', 'syntax'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"}', 'syntax'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":{"n":1e400}}', 'syntax'],
    ['{"jsonrpc":"2.0","id":1,"method":"ping","params":{"__proto__":{}}}', 'syntax'],
    ['\ufeff{"jsonrpc":"2.0","id":1,"method":"ping"}', 'encoding'],
    [Uint8Array.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'encoding'],
    ['{"a":"\\ud800"}', 'encoding'],
  ])('%s', (raw, problem) => expect(read({ raw })).toMatchObject({ reason: 'body_unreadable', problem }))

  it('says where, never what', () => {
    expect(read({ raw: '{"secret": oops}' })).toEqual({ reason: 'body_unreadable', problem: 'syntax', detail: 'json_syntax_at_11' })
  })
})
