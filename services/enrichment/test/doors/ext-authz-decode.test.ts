import { create } from '@bufbuild/protobuf'
import type { MessageInitShape, JsonObject as StructJson } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import type { HttpForm, Question } from '@bailiwick/core'
import { CheckRequestSchema } from '@bailiwick/wire'
import type { AttributeContext_HttpRequestSchema } from '@bailiwick/wire'
import { secretsIn, toQuestion } from '../../src/doors/ext-authz/decode.ts'
import type { Dialect } from '../../src/doors/ext-authz/decode.ts'
import { readCall } from '../../src/read/read-call.ts'
import { CHANNEL, PAYMENTS } from '../fixtures.ts'

type Http = MessageInitShape<typeof AttributeContext_HttpRequestSchema>
type Attributes = NonNullable<MessageInitShape<typeof CheckRequestSchema>['attributes']>

const DEADLINE = { atMonotonicMs: 1 }
const BODY = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
const ENVOY: Http = {
  method: 'POST',
  path: '/mcp?x=1',
  headers: { 'content-type': 'application/json', 'x-envoy-auth-partial-body': 'false' },
  rawBody: Buffer.from(BODY),
  size: -1n,
}
const AGW: Http = { method: 'POST', path: '/mcp', headers: { 'content-type': 'application/json' }, body: Buffer.from(BODY), size: BigInt(BODY.length) }

function ask(http: Http, dialect: Dialect = 'envoy', attributes: Omit<Exclude<Attributes, { $typeName: string }>, '$typeName'> = {}): Question {
  const request = create(CheckRequestSchema, { attributes: { ...attributes, request: { http } } })
  return toQuestion(request, CHANNEL, dialect, DEADLINE)
}

function body(http: Http, dialect: Dialect = 'envoy'): string {
  const { call } = ask(http, dialect)
  if (call.form !== 'http') throw new Error('form')
  return typeof call.body === 'string' ? call.body : Buffer.from(call.body).toString('latin1')
}

describe('a body', () => {
  it.each([
    ['envoy raw', ENVOY, 'envoy', BODY],
    ['envoy text', { ...ENVOY, rawBody: new Uint8Array(), body: Buffer.from(BODY) }, 'envoy', BODY],
    ['envoy truncated', { ...ENVOY, headers: { 'x-envoy-auth-partial-body': 'true' } }, 'envoy', 'partial'],
    ['envoy without the header that says it is whole', { ...ENVOY, headers: {} }, 'envoy', 'partial'],
    ['envoy with the header twice', { ...ENVOY, headers: { 'x-envoy-auth-partial-body': 'false,true' } }, 'envoy', 'partial'],
    ['envoy with the header joined', { ...ENVOY, headers: { 'x-envoy-auth-partial-body': 'false,false' } }, 'envoy', 'partial'],
    ['envoy empty', { method: 'GET', headers: {} }, 'envoy', 'absent'],
    [
      'envoy empty and whole, of unknown length',
      { method: 'POST', headers: { 'transfer-encoding': 'chunked', 'x-envoy-auth-partial-body': 'false' } },
      'envoy',
      'absent',
    ],
    ['envoy not configured to send it', { method: 'POST', headers: { 'content-length': '40' }, size: 40n }, 'envoy', 'partial'],
    ['envoy not configured to send a chunked one', { method: 'GET', headers: { 'transfer-encoding': 'chunked' } }, 'envoy', 'partial'],
    ['agentgateway text', AGW, 'agentgateway', BODY],
    ['agentgateway raw', { ...AGW, body: new Uint8Array(), rawBody: Buffer.from(BODY) }, 'agentgateway', BODY],
    ['agentgateway truncated', { ...AGW, size: -1n }, 'agentgateway', 'partial'],
    ['agentgateway of another length', { ...AGW, size: BigInt(BODY.length + 1) }, 'agentgateway', 'partial'],
    ['agentgateway empty', { method: 'GET', headers: {}, size: 0n }, 'agentgateway', 'absent'],
    ['agentgateway with a header only a client could have sent', { ...AGW, headers: { 'x-envoy-auth-partial-body': 'true' } }, 'agentgateway', 'partial'],
    ['both forms at once', { ...AGW, rawBody: Buffer.from(BODY) }, 'agentgateway', 'partial'],
  ] satisfies [string, Http, Dialect, string][])('%s', (_what, http, dialect, read) => {
    expect(body(http, dialect)).toBe(read)
  })

  it('is unreadable to every reader where text mode lost its bytes', () => {
    const lossy = Buffer.from(BODY.replace('ping', 'p\uFFFDng'))
    const broken = Buffer.concat([Buffer.from(BODY.slice(0, -1)), Buffer.from(',"a":"'), Buffer.of(0xff), Buffer.from('"}')])
    for (const [dialect, http] of [['envoy', { ...ENVOY, rawBody: new Uint8Array() }] as const, ['agentgateway', AGW] as const])
      for (const text of [lossy, broken]) {
        const { call } = ask({ ...http, body: text, size: BigInt(text.length) }, dialect)
        expect(readCall(PAYMENTS, call)).toMatchObject({ ok: false, denial: { reason: 'body_unreadable', problem: 'encoding' } })
      }
    // As bytes U+FFFD is a character like others.
    expect(readCall(PAYMENTS, ask({ ...ENVOY, rawBody: Buffer.from(BODY.replace('ping"', 'ping","params":{"_meta":{"a":"\uFFFD"}}')) }).call)).toMatchObject({
      ok: true,
    })
  })

  it.each([
    ['text', AGW, 'agentgateway', true],
    ['bytes', ENVOY, 'envoy', undefined],
  ] satisfies [string, Http, Dialect, true | undefined][])('that came as %s says so, and is pointed at where it lies', (_what, http, dialect, isText) => {
    const { call } = ask(http, dialect)
    expect(call).toMatchObject({ form: 'http', ...(isText ? { isText } : {}) })
    expect('isText' in call).toBe(isText === true)
    expect(call.form === 'http' && call.body).toBe(isText ? http.body : http.rawBody)
  })
})

describe('headers', () => {
  it('come in lower case, without pseudo-headers', () => {
    expect(headersOf(ask({ ...AGW, headers: { 'Content-Type': 'a', ':method': 'POST' } }))).toEqual([['content-type', 'a']])
  })

  it('come from the raw list with its order and repeats', () => {
    const headerMap = {
      headers: [
        { key: 'A', rawValue: Buffer.from('1') },
        { key: 'b', value: '2' },
        { key: 'a', rawValue: Buffer.from([0xe9]) },
      ],
    }
    expect(headersOf(ask({ ...AGW, headers: {}, headerMap }))).toEqual([
      ['a', '1'],
      ['b', '2'],
      ['a', '\xe9'],
    ])
  })
})

describe('the runtime token', () => {
  it.each([
    ['one bearer', { authorization: 'Bearer abc.def-_~+/=' }, { token: 'abc.def-_~+/=', scheme: 'bearer' }],
    ['a scheme in lower case', { authorization: 'bearer abc' }, { token: 'abc', scheme: 'bearer' }],
    ['a token bound to a key', { authorization: 'DPoP abc', dpop: 'x' }, { token: 'abc', scheme: 'dpop' }],
    ['no header', {}, {}],
    ['another scheme', { authorization: 'Basic abc' }, { problem: 'not_bearer' }],
    ['two, joined by a gateway', { authorization: 'Bearer abc,Bearer def' }, { problem: 'not_bearer' }],
    ['two, joined with a space', { authorization: 'Bearer abc, Bearer def' }, { problem: 'not_bearer' }],
    ['an empty one', { authorization: 'Bearer ' }, { problem: 'not_bearer' }],
    ['one in another header', { 'x-bailiwick-token': 'abc', cookie: 'token=abc' }, {}],
  ] satisfies [string, Record<string, string>, Question['credential']][])('%s', (_what, headers, credential) => {
    expect(ask({ ...AGW, headers }).credential).toEqual(credential)
  })

  it('is refused when the raw list has it twice, even twice the same', () => {
    const one = { key: 'authorization', rawValue: Buffer.from('Bearer abc') }
    expect(ask({ ...AGW, headers: {}, headerMap: { headers: [one, { ...one, key: 'Authorization' }] } }).credential).toEqual({ problem: 'repeated' })
    expect(ask({ ...AGW, headers: { authorization: 'Bearer abc' }, headerMap: { headers: [one] } }).credential).toEqual({ problem: 'repeated' })
  })

  it('is never in the query', () => {
    expect(ask({ ...AGW, path: '/mcp?access_token=abc', query: 'access_token=abc' }).credential).toEqual({})
  })

  it('comes from the gateways metadata where it strips the header', () => {
    const kept = metadata({ bailiwick: { token: 'abc' } })
    expect(ask(AGW, 'agentgateway', kept).credential).toEqual({ token: 'abc' })
    expect(ask({ ...AGW, headers: { authorization: 'Bearer abc' } }, 'agentgateway', kept).credential).toEqual({ token: 'abc', scheme: 'bearer' })
    expect(ask({ ...AGW, headers: { authorization: 'Bearer other' } }, 'agentgateway', kept).credential).toEqual({ problem: 'repeated' })
    expect(ask({ ...AGW, headers: { authorization: 'Basic x' } }, 'agentgateway', kept).credential).toEqual({ problem: 'repeated' })
  })

  it.each([
    ['claims in its place', { 'envoy.filters.http.jwt_authn': { jwt_payload: { sub: 'corp:alice' } } }, {}],
    ['claims under our own name', { bailiwick: { jwt_payload: { sub: 'corp:alice' } } }, {}],
    ['something that is not text', { bailiwick: { token: { sub: 'corp:alice' } } }, { problem: 'not_bearer' }],
  ] satisfies [string, Record<string, StructJson>, Question['credential']][])('is not %s', (_what, filters, credential) => {
    expect(ask(AGW, 'agentgateway', metadata(filters)).credential).toEqual(credential)
  })

  it('is not read from the metadata of the route', () => {
    expect(ask(AGW, 'agentgateway', { routeMetadataContext: { filterMetadata: { bailiwick: { token: 'abc' } } } }).credential).toEqual({})
  })
})

describe('who asks, and for which resource', () => {
  it('comes from the static context', () => {
    const attributes = { contextExtensions: { bailiwick_resource: 'payments', bailiwick_key: 's' } }
    expect(ask(AGW, 'agentgateway', attributes).resourceHint).toEqual({ from: 'context_extension', value: 'payments' })
    expect(secretsIn(create(CheckRequestSchema, { attributes }))).toEqual(['s'])
  })

  it('never comes from what the client sent', () => {
    const http: Http = {
      ...AGW,
      path: '/payments?bailiwick_resource=payments',
      host: 'payments',
      headers: { 'x-bailiwick-gateway-key': 's', bailiwick_key: 's', bailiwick_resource: 'payments', 'x-bailiwick-resource': 'payments' },
    }
    expect(ask(http).resourceHint).toEqual({ from: 'context_extension' })
    expect(secretsIn(create(CheckRequestSchema, { attributes: { request: { http } } }))).toEqual([])
  })
})

it('makes of an empty request a question with nothing in it', () => {
  expect(toQuestion(create(CheckRequestSchema), CHANNEL, 'envoy', DEADLINE)).toEqual({
    channel: CHANNEL,
    resourceHint: { from: 'context_extension' },
    credential: {},
    call: { form: 'http', method: '', path: '', headers: [], body: 'absent' },
    deadline: DEADLINE,
  })
})

function metadata(filterMetadata: Record<string, StructJson>): { metadataContext: { filterMetadata: Record<string, StructJson> } } {
  return { metadataContext: { filterMetadata } }
}

function headersOf({ call }: Question): HttpForm['headers'] {
  return call.form === 'http' ? call.headers : []
}
