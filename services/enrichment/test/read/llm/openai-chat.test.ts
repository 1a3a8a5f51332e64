import { describe, expect, it } from 'vitest'
import { testResource } from '@bailiwick/kit/test-resource'
import { readCall } from '../../../src/read/read-call.ts'
import { denialOf, http } from '../fixtures.ts'
import type { Sent } from '../fixtures.ts'

const PATH = '/v1/chat/completions'
const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] }
const read = (sent: Sent): ReturnType<typeof readCall> => readCall(testResource('llm'), http({ path: PATH, body, ...sent }))
const changed = (change: object): ReturnType<typeof readCall> => read({ body: { ...body, ...change } })

describe('OpenAI chat completions', () => {
  it.each([
    { tools: [{ type: 'function', function: { name: 'builtin:web_search' } }] },
    { tools: [{ type: 'function', function: { name: 'MCP:https://x.example' } }] },
    { tools: [{ type: 'function', function: { name: ['a'] } }] },
    { tools: [{ type: 'function', function: { name: 'a' }, Type: 'custom' }] },
    { tools: [['function']] },
    { tools: [null] },
    { 'tools ': [] },
    { messages: 'hi' },
    { messages: ['hi'] },
    { messages: null },
    { messages: [{ role: 'system', tools: [{ type: 'function', function: { name: 'x' } }] }] },
    { messages: [{ role: 'system', Tools: [] }] },
    {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'system', functions: null },
      ],
    },
    { metadata: 'x' },
    { metadata: { tags: 'paid' } },
    { metadata: { Tags: 'paid' } },
    { metadata: { a: ['x'] } },
    { moderation: { model: 'omni-moderation-latest' } },
    { data_sources: [{ type: 'azure_search' }] },
    { search_parameters: { mode: 'on' } },
    { provider: { order: ['x'] } },
    { agent_id: 'ag_1' },
  ])('refuses %j', (change) => expect(denialOf(changed(change))).toMatchObject({ reason: 'body_unreadable', problem: 'not_a_request' }))

  it('takes a function that is called like a built-in for what it is', () => {
    expect(changed({ tools: [{ type: 'function', function: { name: 'web_search' } }] })).toMatchObject({ call: { tools: ['web_search'] } })
  })

  it('tells tools null, tools [] and no tools apart from none of them: all declare nothing', () => {
    for (const tools of [null, [], undefined]) expect(changed({ tools })).toMatchObject({ ok: true, call: { tools: [] } })
  })

  it('reads the model', () => {
    expect(read({})).toEqual({
      ok: true,
      call: { kind: 'llm', dialect: 'openai_chat', operation: 'completion', model: 'gpt-4o-mini', tools: [], stream: false },
    })
  })

  it('reads every declared tool once, and whether it streams', () => {
    const outcome = changed({
      stream: true,
      tools: [
        { type: 'function', function: { name: 'lookup', parameters: { type: 'object' } } },
        { type: 'custom', custom: { name: 'shell' } },
        { type: 'function', function: { name: 'lookup' } },
      ],
      functions: [{ name: 'old_one' }],
      web_search_options: {},
    })
    expect(outcome).toMatchObject({ ok: true, call: { tools: ['lookup', 'shell', 'old_one', 'builtin:web_search'], stream: true } })
  })

  it.each([
    'openai/gpt-4o',
    'ft:gpt-4o-mini:org::id',
    '@cf/meta/llama-3.1-8b',
    'claude-3-5-sonnet@20240620',
    'arn:aws:bedrock:eu-west-1::foundation-model/x-v1:0',
  ])('takes the model name %s', (model) => {
    expect(changed({ model })).toMatchObject({ ok: true, call: { model } })
  })

  it.each(['gpt-4o-mini,gpt-4o', ' gpt-4o', 'gpt-4o\n', '', 'gpt–4o', 1, null, ['gpt-4o'], undefined, 'x'.repeat(300)])('refuses the model %j', (model) => {
    expect(denialOf(changed({ model }))).toMatchObject({ reason: 'body_unreadable', problem: 'not_a_request', detail: 'model' })
  })

  it.each([
    'fallbacks',
    'models',
    'route',
    'model_list',
    'context_window_fallbacks',
    'extra_body',
    'deployment_id',
    'engine',
    'preset',
    'plugins',
    'user_config',
    'api_base',
  ])('refuses %s: it names a second model', (key) => {
    expect(denialOf(changed({ [key]: ['gpt-4o'] }))).toMatchObject({ reason: 'body_unreadable', detail: 'second_model' })
    expect(denialOf(changed({ [key]: null }))).toMatchObject({ detail: 'second_model' })
  })

  it.each(['Model', 'MODEL', 'mo_del', 'Tools', 'Fallbacks', 'ſtream'])('refuses the key %s beside the one that is read', (key) => {
    expect(denialOf(changed({ [key]: 'gpt-4o' }))).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
  })

  it.each([
    { tools: {} },
    { tools: [1] },
    { tools: [{ type: 'function' }] },
    { tools: [{ type: 'function', function: {} }] },
    { tools: [{ type: 'function', function: { name: 'a b' } }] },
    { tools: [{ type: 'function', function: { name: 'a', Name: 'b' } }] },
    { tools: [{ type: 'function', function: { name: 'a' }, Function: { name: 'b' } }] },
    { tools: [{ type: 'function', function: { name: 'a' }, custom: { name: 'b' } }] },
    { tools: [{ type: 'mcp', server_url: 'https://evil.example' }] },
    { tools: [{ type: 'web_search_preview' }] },
    { tools: [{ function: { name: 'a' } }] },
    { functions: [{}] },
    { functions: 'x' },
    { stream: 'true' },
    { tools: Array.from({ length: 513 }, (_, i) => ({ type: 'function', function: { name: `t${i}` } })) },
  ])('refuses what it does not fully understand: %j', (change) => {
    expect(denialOf(changed(change))).toMatchObject({ reason: 'body_unreadable', problem: 'not_a_request' })
  })

  it('takes null where a client leaves tools out', () => {
    expect(changed({ tools: null, functions: null, stream: null })).toMatchObject({ ok: true, call: { tools: [], stream: false } })
  })

  it('counts web search as declared whatever its options say', () => {
    expect(changed({ web_search_options: null })).toMatchObject({ ok: true, call: { tools: ['builtin:web_search'] } })
  })
})

describe('paths', () => {
  it.each(['/chat/completions', '/v1/chat/completions', '/proxy/x/v1/chat/completions', '/v1/chat/completions?api-version=2026-01-01'])('knows %s', (path) => {
    expect(read({ path })).toMatchObject({ ok: true })
  })

  it.each([
    '/v1/chat/completions/',
    '/v1/Chat/completions',
    '/v1/chat/completionsx',
    '/v1/models',
    '/v1/chat/completions;a=1',
    '/chat;a=1/completions',
    '/v1/CHAT/COMPLETIONS',
    '/v1/batches',
    '/v1/realtime',
    '/',
    '/openai/Deployments/gpt-4o/chat/completions',
    '/openai/deployments/gpt-4o/extensions/chat/completions',
    '/openai/deployments/a/deployments/b/chat/completions',
    '/openai/deployments/a/b/chat/completions',
    '/v1/projects/p/locations/l/endpoints/123/chat/completions',
    '/v1/x/y/azure-openai/res/deployment/chat/completions',
    '/engines/gpt-4o/chat/completions',
    '/v1/models/gpt-4o/chat/completions',
  ])('does not know %s', (path) => expect(denialOf(read({ path }))).toMatchObject({ reason: 'method_unknown' }))

  it('does not know a GET', () => expect(denialOf(read({ method: 'GET', raw: 'absent' }))).toMatchObject({ reason: 'method_unknown' }))

  it.each(['model=gpt-4o', 'Model=x', 'a=1&model=x', 'a=1;model=x', '%6dodel=x', 'model%5B%5D=x', 'model[]=x', 'model.id=x', 'tools=x', 'fallbacks=x', 'a%=1'])(
    'refuses the query %s: frameworks fill parameters from it',
    (query) => expect(denialOf(read({ path: `${PATH}?${query}` }))).toMatchObject({ reason: 'body_unreadable', detail: 'query' }),
  )
})

describe('transport', () => {
  it('is checked as for MCP', () => {
    expect(denialOf(read({ raw: 'partial' }))).toMatchObject({ problem: 'partial' })
    expect(denialOf(read({ path: '/v1//chat/completions' }))).toMatchObject({ problem: 'not_a_request', detail: 'path' })
    expect(denialOf(read({ headers: [['content-type', 'text/plain']] }))).toMatchObject({ detail: 'media_type' })
    expect(denialOf(read({ raw: '[]' }))).toMatchObject({ detail: 'batch' })
  })

  it('tells the renderer which kind of endpoint it was', () => {
    expect(read({ raw: '{' })).toMatchObject({ ok: false, unread: { kind: 'unread', resourceKind: 'llm' } })
  })
})
