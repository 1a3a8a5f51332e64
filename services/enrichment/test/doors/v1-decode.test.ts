import { expect, it } from 'vitest'
import { decodeQuestion } from '../../src/doors/v1/decode.ts'
import type { Decoded } from '../../src/doors/v1/decode.ts'

const HTTP = {
  method: 'POST',
  path: '/mcp',
  headers: [
    ['Content-Type', 'application/json'],
    ['a', '1'],
    ['A', '2'],
  ],
  body: '{"a":1}',
}
const VALID = { resource: 'payments', token: 't', http: HTTP }

function decode(document: unknown, maxBytes = 10_000): Decoded {
  return decodeQuestion(Buffer.from(typeof document === 'string' ? document : JSON.stringify(document)), maxBytes)
}

it('reads the http form', () => {
  expect(decode(VALID)).toEqual({
    ok: true,
    question: {
      resourceHint: { from: 'request', value: 'payments' },
      credential: { token: 't' },
      call: {
        form: 'http',
        method: 'POST',
        path: '/mcp',
        headers: [
          ['content-type', 'application/json'],
          ['a', '1'],
          ['a', '2'],
        ],
        body: Buffer.from('{"a":1}'),
      },
    },
  })
})

it('reads the mcp form', () => {
  expect(decode({ resource: 'payments', token: 't', mcp: { method: 'tools/call', params: { name: 'x' }, version: '2025-06-18' } })).toMatchObject({
    ok: true,
    question: { call: { form: 'mcp', method: 'tools/call', params: { name: 'x' }, version: '2025-06-18' } },
  })
})

it('reads a body as bytes', () => {
  const http = { method: 'POST', path: '/', headers: [], body_base64: Buffer.from([0xff, 0]).toString('base64') }
  expect(decode({ ...VALID, http })).toMatchObject({ ok: true, question: { call: { body: Buffer.from([0xff, 0]) } } })
})

it.each([
  ['no body', { method: 'GET', path: '/', headers: [] }],
  ['an empty body', { method: 'GET', path: '/', headers: [], body: '' }],
])('takes %s for absent', (_what, http) => {
  expect(decode({ ...VALID, http })).toMatchObject({ ok: true, question: { call: { body: 'absent' } } })
})

it.each([
  ['the token left out', { resource: 'payments', http: HTTP }],
  ['the token empty', { ...VALID, token: '' }],
  ['the token only in the header of the call', { resource: 'payments', http: { ...HTTP, headers: [['authorization', 'Bearer t']] } }],
])('has no credential with %s', (_what, document) => {
  expect(decode(document)).toMatchObject({ ok: true, question: { credential: {} } })
})

it.each([
  ['not JSON', '{'],
  ['a list', []],
  ['a member twice', '{"resource":"payments","resource":"models","token":"t","mcp":{"method":"ping","version":"x"}}'],
  ['an unknown member', { ...VALID, principal: { id: 'corp:bob' } }],
  ['both forms', { ...VALID, mcp: { method: 'ping', version: 'x' } }],
  ['neither form', { resource: 'payments', token: 't' }],
  ['a resource that is no text', { ...VALID, resource: 7 }],
  ['a token that is no text', { ...VALID, token: ['t'] }],
  ['two bodies', { ...VALID, http: { ...HTTP, body_base64: '' } }],
  ['a body that is no text', { ...VALID, http: { ...HTTP, body: {} } }],
  ['base64 that is none', { ...VALID, http: { method: 'POST', path: '/', headers: [], body_base64: 'a' } }],
  ['base64url', { ...VALID, http: { method: 'POST', path: '/', headers: [], body_base64: '-_-_' } }],
  ['no method', { ...VALID, http: { path: '/', headers: [] } }],
  ['an unknown member of http', { ...VALID, http: { ...HTTP, host: 'x' } }],
  ['headers as an object', { ...VALID, http: { ...HTTP, headers: { a: '1' } } }],
  ['a header of three parts', { ...VALID, http: { ...HTTP, headers: [['a', '1', '2']] } }],
  ['a header name that is none', { ...VALID, http: { ...HTTP, headers: [['a b', '1']] } }],
  ['a header value with a line break', { ...VALID, http: { ...HTTP, headers: [['a', '1\r\nb: 2']] } }],
  ['too many headers', { ...VALID, http: { ...HTTP, headers: Array.from({ length: 201 }, () => ['a', '1']) } }],
  ['mcp params as a list', { resource: 'payments', token: 't', mcp: { method: 'ping', params: [], version: 'x' } }],
  ['mcp without a version', { resource: 'payments', token: 't', mcp: { method: 'ping' } }],
])('refuses %s', (_what, document) => {
  expect(decode(document).ok).toBe(false)
})

it('refuses a document over its limit', () => {
  expect(decode(VALID, 20)).toEqual({ ok: false, problem: 'json: size' })
})
