import { describe, expect, it } from 'vitest'
import { answer } from './asking.ts'

const contents = [{ role: 'user', parts: [{ text: 'hi' }] }]
const GENERATE = '/v1beta/models/gemini-2.5-flash:generateContent'
const changed = (change: object): Readonly<Record<string, unknown>> => answer(GENERATE, { contents, ...change })
const VERTEX = '/v1/projects/p/locations/l/publishers'

describe('the model of Gemini', () => {
  it.each(['models/gemini-2.5-flash', 'gemini-2.5-flash'])('may be repeated as %s', (model) =>
    expect(changed({ model })).toMatchObject({ model: 'gemini-2.5-flash' }),
  )

  it.each(['models/gemini-2.5-pro', 'Models/gemini-2.5-flash', 'tunedModels/gemini-2.5-flash', '', null, ['models/gemini-2.5-flash']])(
    'may not be repeated as %j',
    (model) => {
      expect(changed({ model })).toMatchObject({ reason: 'body_unreadable', detail: 'model' })
    },
  )

  it('is of a tuned model only under its own name', () => {
    expect(answer('/v1beta/tunedModels/x:generateContent', { contents, model: 'tunedModels/x' })).toMatchObject({ model: 'tunedModels/x' })
    expect(answer('/v1beta/tunedModels/x:generateContent', { contents, model: 'x' })).toMatchObject({ detail: 'model' })
  })

  it.each(['a:b', 'a%3Ab', 'a%2Cb', '-a', 'a%20b'])('is not %s', (model) =>
    expect(answer(`/v1beta/models/${model}:generateContent`, { contents })).toMatchObject({ detail: 'model' }),
  )

  it.each([
    '/v1beta/models/:generateContent',
    '/v1beta/models/x:GenerateContent',
    '/v1beta/Models/x:generateContent',
    '/v1beta/models/x:batchGenerateContent',
    '/v1beta/models/x:embedContent',
    '/v1beta/models/x:predict',
    '/v1beta/models/x%3AgenerateContent',
    '/v1beta/models/x:generateContent/',
    '/v1beta/dynamic/x:generateContent',
    '/v1/projects/p/locations/l/endpoints/1:generateContent',
    `${VERTEX}/anthropic/models/x:generateContent`,
    `${VERTEX}/google/models/a/models/b:generateContent`,
    '/v1beta/tunedModels/a/models/b:generateContent',
    '/v1beta/cachedContents',
    '/v1beta/files',
    '/v1beta/interactions',
  ])('is not known on %s', (path) => expect(answer(path, { contents })).toMatchObject({ reason: 'method_unknown' }))
})

describe('spellings of proto JSON', () => {
  it.each([{ cachedContent: 'cachedContents/1' }, { cached_content: 'cachedContents/1' }, { cachedContent: '' }])('refuses %j: it hides tools', (change) => {
    expect(changed(change)).toMatchObject({ detail: 'hidden_state' })
  })

  it.each([{ CachedContent: null }, { cached_Content: null }, { 'cached-content': null }, { Tools: null }, { generation_Config: null }])(
    'refuses the spelling of %j',
    (change) => {
      expect(changed(change)).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
    },
  )

  it('refuses one field in both spellings', () => {
    expect(changed({ generationConfig: {}, generation_config: { routingConfig: {} } })).toMatchObject({ detail: 'member_spelling' })
    expect(changed({ tools: [{ functionDeclarations: [], function_declarations: [{ name: 'a' }] }] })).toMatchObject({ detail: 'tool_entry' })
    expect(changed({ safetySettings: [], safety_settings: [] })).toMatchObject({ detail: 'member_spelling' })
  })

  it.each(['routingConfig', 'routing_config', 'modelSelectionConfig', 'model_selection_config', 'modelConfig', 'model_config'])(
    'refuses generationConfig.%s: it chooses a model',
    (key) => {
      for (const generation of ['generationConfig', 'generation_config'])
        expect(changed({ [generation]: { [key]: {} } })).toMatchObject({ detail: 'second_model' })
    },
  )

  it('refuses a generationConfig that is none', () => expect(changed({ generationConfig: [] })).toMatchObject({ detail: 'second_model' }))
})

describe('tools of Gemini', () => {
  it.each([
    [{ functionDeclarations: [{}] }],
    [{ functionDeclarations: [{ name: 'a b' }] }],
    [{ functionDeclarations: [{ name: 'a', Name: 'b' }] }],
    [{ functionDeclarations: ['a'] }],
    [{ FunctionDeclarations: [] }],
    [{ function_Declarations: [] }],
    [{ googleSearch: true }],
    [{ googleSearch: [] }],
    [{ 'google-search': {} }],
    ['googleSearch'],
    [null],
  ])('refuses %j', (entry) => expect(changed({ tools: [entry] })).toMatchObject({ reason: 'body_unreadable', detail: 'tool_entry' }))

  it.each([
    [{ streamableHttpTransport: { url: 'http://m.example.com' } }],
    [{ streamableHttpTransport: {} }],
    [{ streamableHttpTransport: { url: 'https://m.example.com', Url: 'https://evil.example' } }],
    [{ name: 'x' }],
    [{ streamableHttpTransport: { url: 'https://m.example.com' }, otherTransport: { url: 'https://evil.example' } }],
    [{ streamableHttpTransport: { url: 'https://m.example.com' }, streamable_http_transport: { url: 'https://evil.example' } }],
  ])('refuses the MCP server %j', (server) => expect(changed({ tools: [{ mcpServers: [server] }] })).toMatchObject({ detail: 'mcp_server' }))

  it('names a built-in nobody has heard of yet, and one that is there with null', () => {
    expect(changed({ tools: [{ next_years_tool: {}, google_maps: null }] })).toMatchObject({ tools: ['builtin:nextYearsTool', 'builtin:googleMaps'] })
  })

  it('reads no tools where there are none', () => {
    for (const tools of [null, [], [{}], [{ functionDeclarations: null }]]) expect(changed({ tools })).toMatchObject({ tools: [] })
  })
})

describe('countTokens', () => {
  const COUNT = '/v1beta/models/gemini-2.5-flash:countTokens'
  const inner = (change: object): Readonly<Record<string, unknown>> =>
    answer(COUNT, { generateContentRequest: { model: 'models/gemini-2.5-flash', contents, ...change } })

  it('reads the request inside as it reads the request', () => {
    expect(inner({ tools: [{ googleSearch: {} }] })).toMatchObject({ tools: ['builtin:googleSearch'] })
    expect(inner({ model: 'models/gemini-2.5-pro' })).toMatchObject({ detail: 'model' })
    expect(inner({ cachedContent: 'x' })).toMatchObject({ detail: 'hidden_state' })
    expect(inner({ nextYears: {} })).toMatchObject({ detail: 'member_unknown' })
    expect(inner({ Tools: [] })).toMatchObject({ reason: 'body_unreadable' })
    expect(answer(COUNT, { generateContentRequest: [] })).toMatchObject({ detail: 'generate_content_request' })
    expect(answer(COUNT, { generate_content_request: { model: 'x' } })).toMatchObject({ detail: 'model' })
  })

  it('lists the tools of both', () => {
    expect(answer(COUNT, { tools: [{ googleMaps: {} }], generateContentRequest: { contents, tools: [{ googleSearch: {} }] } })).toMatchObject({
      tools: ['builtin:googleMaps', 'builtin:googleSearch'],
    })
  })
})

describe('rawPredict', () => {
  const messages = [{ role: 'user', content: 'hi' }]
  const anthropic = (change: object, model = 'claude-sonnet-4-5@20250929'): Readonly<Record<string, unknown>> =>
    answer(`${VERTEX}/anthropic/models/${model}:rawPredict`, { anthropic_version: 'vertex-2023-10-16', messages, ...change })

  it('streams by the method or by the body', () => {
    expect(anthropic({})).toMatchObject({ stream: false })
    expect(anthropic({ stream: true })).toMatchObject({ stream: true })
    expect(answer(`${VERTEX}/anthropic/models/claude:streamRawPredict`, { messages })).toMatchObject({ stream: true })
  })

  it.each([{ model: 'claude-opus-4-5' }, { model: 'claude-opus-4-5@20250929' }, { model: null }, { model: '' }])(
    'refuses %j: the path says which',
    (change) => {
      expect(anthropic(change)).toMatchObject({ detail: 'model' })
    },
  )

  it('refuses what Anthropic does not take, though another publisher may', () => {
    expect(anthropic({ response_format: {} })).toMatchObject({ detail: 'member_unknown' })
    expect(anthropic({ mcp_servers: [{ type: 'url', name: 'a', url: 'https://x.example' }] })).toMatchObject({ tools: ['mcp:https://x.example'] })
  })

  it('refuses a method within the model', () => expect(anthropic({}, 'claude:streamRawPredict')).toMatchObject({ detail: 'model' }))

  it('refuses to count the tokens of no model', () => expect(anthropic({}, 'count-tokens')).toMatchObject({ detail: 'model' }))

  it.each(['meta', 'google', 'evil', 'Anthropic', 'anthropic%20'])('refuses the publisher %s', (publisher) => {
    expect(answer(`${VERTEX}/${publisher}/models/x:rawPredict`, { messages })).toMatchObject({ reason: 'body_unreadable', detail: 'publisher' })
  })
})
