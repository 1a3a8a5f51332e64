import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { readToAnswer } from '../../src/read/read-to-answer.ts'
import { http, withHeaders } from './fixtures.ts'
import type { Sent } from './fixtures.ts'

const mcp = (sent: Sent): ReturnType<typeof readToAnswer> =>
  readToAnswer(testResource('mcp'), http({ headers: withHeaders(['mcp-protocol-version', '2025-11-25']), ...sent }))
const call = { jsonrpc: '2.0', id: 'a', method: 'tools/call', params: { name: 'x', arguments: { secret: 1 } } }

describe('what is known of a call whose token was refused', () => {
  it('is the id to answer, and nothing of what was asked', () => {
    expect(mcp({ body: call })).toEqual({
      kind: 'unread',
      resourceKind: 'mcp',
      shape: 'request',
      protocolVersion: '2025-11-25',
      requestId: { lexeme: '"a"' },
    })
  })

  it('has no id where there is none to answer', () => {
    expect(mcp({ body: { jsonrpc: '2.0', method: 'notifications/initialized' } })).toMatchObject({ shape: 'notification' })
    expect(mcp({ raw: `${JSON.stringify(call)}}` })).toEqual({ kind: 'unread', resourceKind: 'mcp' })
    expect(mcp({ method: 'GET', raw: 'absent' })).toMatchObject({ shape: 'stream' })
  })

  it('is not looked for in a large body: nobody has proved who they are', () => {
    const large = { ...call, params: { ...call.params, arguments: { text: 'x'.repeat(16_384) } } }
    expect(mcp({ body: large })).not.toHaveProperty('requestId')
  })

  it('is the dialect of a model call, from its path alone where the body is large', () => {
    const ask = (content: string): unknown =>
      readToAnswer(testResource('llm'), http({ path: '/v1/messages', body: { model: 'm', max_tokens: 1, messages: [{ role: 'user', content }] } }))
    const known = { kind: 'unread', resourceKind: 'llm', dialect: 'anthropic_messages' }
    expect(ask('hi')).toEqual(known)
    expect(ask('x'.repeat(20_000))).toEqual(known)
  })
})
