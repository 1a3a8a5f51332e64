// Whatever a sub-request looks like, it is read in one way or said to be unclear; nothing of it says who asks or for which resource.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toQuestion } from '../../src/doors/forward-auth/decode.ts'
import { FORWARD_AUTH_DIALECTS, ORIGINAL_HEADERS, isForwardAuthDialect } from '../../src/doors/forward-auth/dialects.ts'
import { parseForwardAuthPath } from '../../src/doors/forward-auth/route.ts'
import { CHANNEL } from '../fixtures.ts'

const DIALECTS = Object.keys(FORWARD_AUTH_DIALECTS).filter(isForwardAuthDialect)
const DEADLINE = { atMonotonicMs: 1 }
const headers = fc.array(
  fc.tuple(
    fc.constantFrom(
      ...ORIGINAL_HEADERS,
      'authorization',
      'content-length',
      'x-bailiwick-subject',
      'x_bailiwick_actor',
      'x-bailiwick-gateway-key',
      'x-envoy-auth-partial-body',
      'accept',
    ),
    fc.constantFrom('GET', 'POST', '/mcp', '/other', '', 'true', 'false', 'Bearer t', '17', 'corp:bob'),
  ),
  { maxLength: 12 },
)
const sub = fc.record({
  method: fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD', 'PATCH'),
  headers,
  body: fc.oneof(
    fc.uint8Array({ maxLength: 8 }).map((bytes) => ({ ok: true, bytes }) as const),
    fc.constant({ ok: false, problem: 'aborted' } as const),
  ),
})

it('takes method and path from exactly one place, or from none', () => {
  fc.assert(
    fc.property(fc.constantFrom(...DIALECTS), fc.constantFrom('', '/', '/mcp', '?a=b', '/../x'), sub, (dialect, rest, request) => {
      const route = parseForwardAuthPath(`/forward-auth/${dialect}/payments${rest}`)
      if (route === undefined) throw new Error('not a route')
      const { call, resourceHint, channel } = toQuestion(route, request, CHANNEL, DEADLINE)
      expect(resourceHint).toEqual({ from: 'path_segment', value: 'payments' })
      expect(channel).toBe(CHANNEL)
      if (call.form !== 'http') throw new Error('not HTTP')
      // The secret and the gateway's own words are no part of what the client asked.
      for (const name of [...ORIGINAL_HEADERS, 'x-bailiwick-gateway-key', 'x-envoy-auth-partial-body'])
        expect(call.headers.some(([each]) => each === name)).toBe(false)
      const { original } = FORWARD_AUTH_DIALECTS[dialect]
      const told = ORIGINAL_HEADERS.flatMap((name) => request.headers.filter(([each]) => each === name))
      if (call.unclear !== undefined) {
        expect({ method: call.method, path: call.path }).toEqual({ method: '', path: '' })
        return
      }
      if (original.from === 'own') {
        expect(told).toEqual([])
        expect({ method: call.method, path: call.path }).toEqual({ method: request.method, path: rest })
        return
      }
      expect(told.map(([name]) => name).toSorted()).toEqual([original.method, original.uri].toSorted())
      expect(told).toContainEqual([original.method, call.method])
      expect(told).toContainEqual([original.uri, call.path])
    }),
    { numRuns: 3000 },
  )
})

it('never takes a part of a body for the whole', () => {
  fc.assert(
    fc.property(fc.constantFrom(...DIALECTS), sub, (dialect, request) => {
      const route = parseForwardAuthPath(`/forward-auth/${dialect}/payments`)
      const { call } = toQuestion(route, request, CHANNEL, DEADLINE)
      if (call.form !== 'http' || call.unclear !== undefined) return
      if (!request.body.ok) expect(call.body).toBe('partial')
      else if (call.body !== 'partial') expect(call.body === 'absent' ? 0 : call.body.length).toBe(request.body.bytes.length)
    }),
    { numRuns: 2000 },
  )
})
