import { create } from '@bufbuild/protobuf'
import type { JsonObject as StructJson } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { CheckRequestSchema, CheckResponseSchema, UNREADABLE, authorizationService, encodeMessage, fromStruct, healthService, toStruct } from '../src/index.ts'

describe('the Authorization service', () => {
  it('is called at the path every peer calls', () => {
    expect(authorizationService.check.path).toBe('/envoy.service.auth.v3.Authorization/Check')
    expect(healthService.check.path).toBe('/grpc.health.v1.Health/Check')
    expect(healthService.watch.responseStream).toBe(true)
  })

  it('reads a request written by hand with the field numbers of Envoy', () => {
    // attributes(1) { request(4) { http(2) { method(2) "POST", path(4) "/mcp", size(9) -1, raw_body(12) ff } } context_extensions(10) { "a": "b" } }
    const http = bytes(0x12, 4, ...ascii('POST'), 0x22, 4, ...ascii('/mcp'), 0x48, ...Array<number>(9).fill(0xff), 0x01, 0x62, 1, 0xff)
    const attributes = bytes(0x22, http.length + 2, 0x12, http.length, ...http, 0x52, 6, 0x0a, 1, ...ascii('a'), 0x12, 1, ...ascii('b'))
    const read = authorizationService.check.requestDeserialize(Buffer.from(bytes(0x0a, attributes.length, ...attributes)))
    if (read === UNREADABLE) throw new Error('unreadable')
    expect(read.attributes?.request?.http).toMatchObject({ method: 'POST', path: '/mcp', size: -1n })
    expect([...(read.attributes?.request?.http?.rawBody ?? [])]).toEqual([0xff])
    expect(read.attributes?.contextExtensions).toEqual({ a: 'b' })
  })

  it('writes a denial with the field numbers of Envoy', () => {
    const message = create(CheckResponseSchema, {
      status: { code: 7 },
      httpResponse: { case: 'deniedResponse', value: { status: { code: 403 }, headers: [{ header: { key: 'a', value: 'b' }, append: false }], body: 'no' } },
    })
    const written = authorizationService.check.responseSerialize(message)
    expect(Buffer.isBuffer(written)).toBe(true)
    // status(1){code(1)=7} denied(2){status(1){code(1)=403} headers(2){header(1){key,value} append(2){}} body(3)}
    const option = bytes(0x0a, 6, 0x0a, 1, ...ascii('a'), 0x12, 1, ...ascii('b'), 0x12, 0)
    const denied = bytes(0x0a, 3, 0x08, 0x93, 0x03, 0x12, option.length, ...option, 0x1a, 2, ...ascii('no'))
    expect([...written]).toEqual([...bytes(0x0a, 2, 0x08, 7, 0x12, denied.length, ...denied)])
  })

  it('hands a handler an unreadable request instead of throwing inside the gRPC library', () => {
    expect(authorizationService.check.requestDeserialize(Buffer.from([0x0a, 0x7f, 1]))).toBe(UNREADABLE)
    expect(() => authorizationService.check.requestSerialize(UNREADABLE)).toThrow(TypeError)
  })

  it('gives up on metadata nested so deeply that reading it could exhaust the stack', () => {
    // Value.bool_value(4), then Value.struct_value(5) { fields(1) { key(1) "a", value(2) } } around it, again and again.
    let value = bytes(0x20, 1)
    for (let level = 0; level < 3_000; level += 1) {
      value = lengthDelimited(0x2a, lengthDelimited(0x0a, bytes(0x0a, 1, ...ascii('a'), ...lengthDelimited(0x12, value))))
    }
    const deep = bytes(0x0a, 1, ...ascii('a'), ...lengthDelimited(0x12, value))
    const entry = lengthDelimited(0x0a, deep)
    const struct = lengthDelimited(0x12, entry)
    const filter = lengthDelimited(0x0a, bytes(0x0a, 1, ...ascii('x'), ...struct))
    const request = lengthDelimited(0x0a, lengthDelimited(0x5a, filter))
    expect(authorizationService.check.requestDeserialize(Buffer.from(request))).toBe(UNREADABLE)
  })

  it('keeps a member named __proto__ of metadata as data', () => {
    const request = encodeMessage(CheckRequestSchema, {
      attributes: { metadataContext: { filterMetadata: { bailiwick: Object.fromEntries([['__proto__', { token: 't' }]]) } } },
    })
    const read = authorizationService.check.requestDeserialize(request)
    if (read === UNREADABLE) throw new Error('unreadable')
    expect(read.attributes?.metadataContext?.filterMetadata['bailiwick']?.['token']).toBeUndefined()
  })
})

describe('a Struct', () => {
  it('comes back as it went out', () => {
    const value = { a: [1, null, 'x', { b: true }], c: {} }
    expect(fromStruct(toStruct(value))).toEqual(value)
  })

  it('is refused beyond the depth cap, in and out', () => {
    let deep: StructJson = {}
    for (let level = 0; level < 40; level += 1) deep = { a: deep }
    expect(fromStruct(deep)).toBeUndefined()
    expect(() => toStruct(deep)).toThrow(TypeError)
  })

  it('is refused when it holds a number JSON cannot say', () => {
    expect(fromStruct({ a: Number.NaN })).toBeUndefined()
    expect(() => toStruct({ a: [Number.POSITIVE_INFINITY] })).toThrow(TypeError)
  })

  it('keeps a member named __proto__ as data, and sends none', () => {
    const struct: StructJson = Object.fromEntries([['__proto__', { token: 't' }]])
    const read = fromStruct(struct)
    expect(read?.['token']).toBeUndefined()
    expect(Object.keys(read ?? {})).toEqual(['__proto__'])
    expect(() => toStruct(read ?? {})).toThrow(TypeError)
  })
})

function ascii(text: string): number[] {
  return [...Buffer.from(text, 'latin1')]
}

function bytes(...all: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(all)
}

function lengthDelimited(tag: number, content: Uint8Array): Uint8Array<ArrayBuffer> {
  const length: number[] = []
  let left = content.length
  while (left > 0x7f) {
    length.push((left & 0x7f) | 0x80)
    left >>>= 7
  }
  return Uint8Array.from([tag, ...length, left, ...content])
}
