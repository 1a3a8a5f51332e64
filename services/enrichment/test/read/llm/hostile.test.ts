// Bodies made to be read twice, or to cost more than they are worth. Every JSON dialect must refuse them alike.
import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { readCall } from '../../../src/read/read-call.ts'
import { DIALECTS } from '../../../src/read/llm/dialects.ts'
import { createPathMatcher } from '../../../src/read/llm/match-path.ts'
import { denialOf, http } from '../fixtures.ts'
import { ask } from './asking.ts'

const PATHS = [
  '/v1/chat/completions',
  '/openai/deployments/m/chat/completions',
  '/v1/responses',
  '/v1/completions',
  '/v1/embeddings',
  '/v1/moderations',
  '/v1/images/generations',
  '/v1/audio/speech',
  '/v1/rerank',
  '/v1/messages',
  '/v1/messages/count_tokens',
  '/v1/messages/batches',
  '/v1beta/models/m:generateContent',
  '/v1beta/models/m:countTokens',
  '/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict',
  '/model/anthropic.m/converse',
  '/model/anthropic.m/invoke',
  '/v2/chat',
  '/api/chat',
]
const read = (path: string, raw: string | Buffer): Readonly<Record<string, unknown>> =>
  denialOf(readCall(testResource('llm', { maxBodyBytes: 32 << 20 }), http({ path, raw })))

describe.each(PATHS)('%s', (path) => {
  it.each([
    ['a duplicate key', '{"model":"m","model":"n"}'],
    ['a duplicate key behind an escape', '{"model":"m","mod\\u0065l":"n"}'],
    ['a prototype', '{"model":"m","__proto__":{"model":"n"}}'],
    ['a deep value', `{"model":"m","n":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['many members', `{${Array.from({ length: 1001 }, (_, i) => `"n${i}":1`).join(',')}}`],
    ['many values', `{"model":"m","messages":[${'1,'.repeat(500_001)}1]}`],
    ['a lone surrogate', '{"model":"m","messages":["\\ud800"]}'],
    ['a number no two parsers agree on', '{"model":"m","temperature":1e400}'],
    ['another body behind it', '{"model":"m"}{"model":"n"}'],
    ['a byte order mark', '\ufeff{"model":"m"}'],
    ['comments', '{"model":"m"/*,"model":"n"*/}'],
    ['not an object', '[{"model":"m"}]'],
    ['a null', 'null'],
  ])('refuses %s', (_what, raw) => expect(read(path, raw)).toMatchObject({ reason: 'body_unreadable' }))

  it('refuses a model that is no name', () => {
    for (const model of [['m'], { id: 'm' }, 1, true, '', 'a,b', 'a b', 'a\nb', 'a\u0000', 'é', 'x'.repeat(257)])
      expect(read(path, JSON.stringify({ model }))).toMatchObject({ reason: 'body_unreadable' })
  })

  it('refuses tools that are no list, and a key beside them', () => {
    for (const tools of [{}, 'x', 1, true, [1], [[]], ['x']]) {
      const outcome = read(path, JSON.stringify({ model: 'm', tools }))
      // Where tools is no member at all, a number or a boolean of that name declares nothing.
      expect('allowed' in outcome && typeof tools !== 'number' && typeof tools !== 'boolean').toBe(false)
    }
    for (const key of ['tools ', ' tools', 'tools\u0000', 'tools[]', 'TOOLS', 'too-ls', 'tооls'])
      expect(read(path, JSON.stringify({ model: 'm', [key]: [{ name: 'x' }] }))).toMatchObject({ reason: 'body_unreadable' })
  })

  it('refuses a huge string in a name', () => {
    const name = 'x'.repeat(1 << 20)
    expect(read(path, JSON.stringify({ model: name }))).toMatchObject({ reason: 'body_unreadable' })
  })
})

describe('ten thousand tools', () => {
  it.each([
    ['/v1/chat/completions', { type: 'function', function: { name: 'a' } }],
    ['/v1/responses', { type: 'function', name: 'a' }],
    ['/v1/messages', { name: 'a' }],
    ['/v1beta/models/m:generateContent', { googleSearch: {} }],
    ['/v2/chat', { type: 'function', function: { name: 'a' } }],
    ['/api/chat', { function: { name: 'a' } }],
  ])('are refused by %s before they are looked at', (path, tool) => {
    expect(read(path, JSON.stringify({ model: path.includes('models') ? undefined : 'm', tools: Array.from({ length: 10_000 }, () => tool) }))).toMatchObject({
      detail: 'tool_count',
    })
  })

  it('are refused inside one entry', () => {
    const functionDeclarations = Array.from({ length: 10_000 }, (_, i) => ({ name: `f${i}` }))
    expect(read('/v1beta/models/m:generateContent', JSON.stringify({ tools: [{ functionDeclarations }] }))).toMatchObject({ detail: 'tool_count' })
    const split = Array.from({ length: 4 }, (_, i) => ({ functionDeclarations: functionDeclarations.slice(i * 500, i * 500 + 500) }))
    expect(read('/v1beta/models/m:generateContent', JSON.stringify({ tools: split }))).toMatchObject({ detail: 'tool_count' })
  })
})

describe('paths nobody reads', () => {
  it.each([
    '/v1/batches',
    '/v1/files',
    '/v1/assistants',
    '/v1/threads/t/messages',
    '/v1/threads/t/runs',
    '/v1/realtime',
    '/v1/realtime/sessions',
    '/v1/realtime/client_secrets',
    '/v1/conversations',
    '/v1/responses/resp_1/cancel',
    '/v1/responses/input_tokens',
    '/v1/fine_tuning/jobs',
    '/v1/videos',
    '/v1/vector_stores',
    '/v1/containers',
    '/v1/evals',
    '/v1/messages/batches/b1/cancel',
    '/v1/complete',
    '/v1/skills',
    '/v1/agents',
    '/v1/chat',
    '/v2/embed',
    '/api/generate',
    '/api/embed',
    '/api/pull',
    '/api/create',
    '/v1',
    '/',
  ])('%s', (path) => expect(denialOf(ask(path, { model: 'm' }))).toMatchObject({ reason: 'method_unknown' }))

  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'post', ''])('nor the method %j', (method) => {
    expect(denialOf(ask('/v1/messages', { model: 'm' }, { method }))).toMatchObject({ reason: 'method_unknown' })
  })
})

describe('the path matcher', () => {
  it('takes the longest of all that fit, whatever their order', () => {
    for (const readers of [DIALECTS, DIALECTS.toReversed()]) {
      const match = createPathMatcher(readers)
      expect(match('/v1/chat/completions')?.reader.dialect).toBe('openai_chat')
      expect(match('/v1/messages/count_tokens')?.reader.dialect).toBe('anthropic_count_tokens')
      expect(match('/v1/responses/compact')?.path.template).toBe('/responses/compact')
      expect(match('/publishers/google/models/m:countTokens')?.path.template).toBe('/publishers/google/models/{model}:countTokens')
      expect(match('/deployments/a/completions')?.reader.dialect).toBe('openai_completions')
    }
  })

  it('no two dialects share a template', () => {
    const templates = DIALECTS.flatMap(({ paths }) => paths)
    expect(new Set(templates).size).toBe(templates.length)
  })

  it('does not compile a template it does not understand', () => {
    for (const path of ['/{name}', '/a{model}', '/{model}x', '/{model}:a:b'])
      expect(() => createPathMatcher(DIALECTS.slice(0, 1).map((reader) => ({ ...reader, paths: [path] })))).toThrow(TypeError)
  })
})
