// What was judged is what is forwarded: of every body that is accepted, a plain walk over JSON.parse finds the same model, the same
// tools and the same stream. The walk knows the providers' formats and none of our rules.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ask } from './asking.ts'

type Plain = Readonly<Record<string, unknown>>
interface Oracle {
  readonly path: string
  readonly find: (body: Plain) => Found
  /** What this dialect's clients send, so that not every body is a refusal. */
  readonly tools: readonly string[]
  readonly wrap?: (tools: string) => string
}

interface Found {
  readonly model: unknown
  readonly tools: readonly unknown[]
}

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)
const plain = (value: unknown): Plain => (isPlain(value) ? value : {})
const list = (value: unknown): readonly Plain[] => (Array.isArray(value) ? value.map(plain) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const openaiTool = (tool: Plain): unknown => plain(tool['type'] === 'custom' ? tool['custom'] : tool['function'])['name']
const responsesTool = (tool: Plain): unknown => {
  if (tool['type'] === 'function' || tool['type'] === 'custom') return tool['name']
  return tool['type'] === 'mcp' ? `mcp:${text(tool['server_url'])}` : `builtin:${text(tool['type'])}`
}
const anthropicTool = (tool: Plain): unknown => (tool['type'] === undefined || tool['type'] === 'custom' ? tool['name'] : `builtin:${text(tool['type'])}`)
const geminiTool = (tool: Plain): readonly unknown[] =>
  Object.entries(tool).flatMap(([key, value]) =>
    key.toLowerCase().replace('_', '') === 'functiondeclarations'
      ? list(value).map(({ name }) => name)
      : [`builtin:${key.replace(/_(.)/g, (_whole, letter: string) => letter.toUpperCase())}`],
  )
const either = (body: Plain, ...keys: readonly string[]): unknown => keys.map((key) => body[key]).find((value) => value !== undefined)

const OPENAI = ['{"type":"function","function":{"name":"a"}}', '{"type":"function","function":{"name":"b_c","parameters":{"name":"z"}}}']

const ORACLES: Readonly<Record<string, Oracle>> = {
  chat: {
    tools: [...OPENAI, '{"type":"custom","custom":{"name":"a"}}'],
    path: '/v1/chat/completions',
    find: (body) => ({
      model: body['model'],
      tools: [
        ...list(body['tools']).map(openaiTool),
        ...list(body['functions']).map(({ name }) => name),
        ...('web_search_options' in body ? ['builtin:web_search'] : []),
      ],
    }),
  },
  azure: {
    tools: OPENAI,
    path: '/openai/deployments/m1/chat/completions',
    find: (body) => ({ model: body['model'] ?? 'm1', tools: ORACLES['chat']?.find(body).tools ?? [] }),
  },
  responses: {
    tools: ['{"type":"function","name":"a"}', '{"type":"web_search"}', '{"type":"mcp","server_label":"x","server_url":"https://x.example/sse"}'],
    path: '/v1/responses',
    find: (body) => ({
      model: body['model'],
      tools: [...list(body['tools']), ...list(body['input']).flatMap((item) => list(item['tools']))].map(responsesTool),
    }),
  },
  anthropic: {
    tools: ['{"name":"a","input_schema":{}}', '{"type":"bash_20250124","name":"bash"}'],
    path: '/v1/messages',
    find: (body) => ({
      model: body['model'],
      tools: [...list(body['tools']).map(anthropicTool), ...list(body['mcp_servers']).map(({ url }) => `mcp:${text(url)}`)],
    }),
  },
  gemini: {
    tools: ['{"googleSearch":{}}', '{"function_declarations":[{"name":"a"}]}', '{"functionDeclarations":[{"name":"b"},{"name":"c"}],"url_context":{}}'],
    path: '/v1beta/models/m1:generateContent',
    find: (body) => ({ model: text(body['model'] ?? 'm1').replace('models/', ''), tools: list(body['tools']).flatMap(geminiTool) }),
  },
  converse: {
    tools: ['{"toolSpec":{"name":"a"}}', '{"systemTool":{"name":"b"}}'],
    wrap: (t) => `"toolConfig":{"tools":${t}}`,
    path: '/model/m1/converse',
    find: (body) => ({
      model: 'm1',
      tools: list(plain(body['toolConfig'])['tools']).map((tool) => plain(tool['toolSpec'])['name'] ?? `builtin:${text(plain(tool['systemTool'])['name'])}`),
    }),
  },
  cohere: { tools: OPENAI, path: '/v2/chat', find: (body) => ({ model: body['model'], tools: list(body['tools']).map(openaiTool) }) },
  ollama: {
    tools: [...OPENAI, '{"function":{"name":"c"}}'],
    path: '/api/chat',
    find: (body) => ({ model: body['model'], tools: list(body['tools']).map(openaiTool) }),
  },
}

const name = fc.constantFrom('"a"', '"b_c"', '"a b"', '"\\u0061"', '""', '1', '"builtin:x"', '"web_search"')
const tool = fc.oneof(
  name.map((n) => `{"type":"function","function":{"name":${n}}}`),
  name.map((n) => `{"type":"function","name":${n}}`),
  name.map((n) => `{"name":${n},"input_schema":{}}`),
  name.map((n) => `{"toolSpec":{"name":${n}}}`),
  name.map((n) => `{"functionDeclarations":[{"name":${n}}]}`),
  name.map((n) => `{"function_declarations":[{"name":${n}},{"Name":"x"}]}`),
  fc.constantFrom(
    '{"type":"custom","custom":{"name":"a"}}',
    '{"type":"custom","name":"a"}',
    '{"type":"web_search"}',
    '{"type":"bash_20250124","name":"bash"}',
    '{"type":"mcp","server_label":"x","server_url":"https://x.example/sse"}',
    '{"googleSearch":{}}',
    '{"google_search":{},"codeExecution":{}}',
    '{"systemTool":{"name":"a"}}',
    '{"type":"function","function":{"name":"a"},"Function":{"name":"b"}}',
    '{"type":"function","function":{"name":"a","name":"b"}}',
    '{"type":"unknown"}',
    'null',
    '[]',
  ),
)
const tools = fc.array(tool, { maxLength: 3 }).map((entries) => `[${entries.join(',')}]`)
const member = fc.oneof(
  fc.constantFrom('"m1"', '"m2"', '"models/m1"', '"m1,m2"', '["m1"]', 'null', '"\\u006d1"').map((model) => `"model":${model}`),
  tools.map((t) => `"tools":${t}`),
  tools.map((t) => `"Tools":${t}`),
  tools.map((t) => `"\\u0074ools":${t}`),
  tools.map((t) => `"toolConfig":{"tools":${t}}`),
  tools.map((t) => `"input":[{"type":"additional_tools","tools":${t}}]`),
  tools.map((t) => `"input":[{"type":"message","role":"user","content":"x","tools":${t}}]`),
  tools.map((t) => `"messages":[{"role":"system","tools":${t}}]`),
  tools.map((t) => `"x_tools":${t}`),
  fc.constantFrom(
    '"messages":[{"role":"user","content":"hi"}]',
    '"contents":[]',
    '"functions":[{"name":"f"}]',
    '"web_search_options":{}',
    '"mcp_servers":[{"type":"url","name":"a","url":"https://x.example/sse"}]',
    '"tools":null',
    '"tools ":[{"type":"function"}]',
    '"__proto__":{"model":"m2"}',
    '"fallbacks":["m2"]',
    '"temperature":0.5',
    '"n":1e400',
    '"stream":true',
  ),
)
function bodiesOf({ tools: native, wrap = (t) => `"tools":${t}`, path }: Oracle): fc.Arbitrary<string> {
  const usual = fc.array(fc.constantFrom(...native), { minLength: 1, maxLength: 3 }).map((entries) => wrap(`[${entries.join(',')}]`))
  const first = /\/(?:deployments|models?)\//.test(path) ? [] : ['"model":"m1"']
  return fc
    .tuple(fc.option(usual), fc.array(member, { maxLength: 3 }), fc.boolean())
    .map(([declared, members, isNamed]) => `{${[...(isNamed ? first : []), ...(declared === null ? [] : [declared]), ...members].join(',')}}`)
}

describe('the reader of model calls', () => {
  it.each(Object.entries(ORACLES))('finds in %s what a plain walk finds', (_name, oracle) => {
    const { path, find } = oracle
    let accepted = 0
    let declared = 0
    fc.assert(
      fc.property(bodiesOf(oracle), (raw) => {
        const outcome = ask(path, undefined, { raw })
        if (!outcome.ok || outcome.call.kind !== 'llm') return
        accepted++
        const body: unknown = JSON.parse(raw)
        const found = find(plain(body))
        expect(outcome.call.model).toBe(found.model)
        expect(new Set(outcome.call.tools)).toEqual(new Set(found.tools))
        expect(outcome.call.tools.length).toBe(new Set(outcome.call.tools).size)
        if (outcome.call.tools.length > 0) declared++
        const streamed = either(plain(body), 'stream')
        if (streamed !== undefined && !['gemini', 'converse'].some((other) => ORACLES[other]?.path === path)) expect(outcome.call.stream).toBe(streamed)
      }),
      { numRuns: 1500 },
    )
    expect(accepted).toBeGreaterThan(20)
    expect(declared).toBeGreaterThan(5)
  })

  it('keeps what the caller wrote out of every detail', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', minLength: 8, maxLength: 24 }), fc.constantFrom(...Object.values(ORACLES)), (secret, { path }) => {
        for (const body of [{ model: `${secret},` }, { model: 'm1', [`x ${secret}`]: [] }, { model: 'm1', tools: [{ type: secret }] }]) {
          const outcome = ask(path, body)
          expect(outcome.ok ? '' : JSON.stringify([outcome.denial, outcome.unread])).not.toContain(JSON.stringify(secret).slice(1, -1))
        }
      }),
      { numRuns: 300 },
    )
  })

  it('never throws, whatever the path and the bytes', () => {
    const piece = fc.constantFrom(
      'v1',
      'models',
      'model',
      '{x}',
      'a:generateContent',
      'converse',
      'deployments',
      'chat',
      'completions',
      'messages',
      '%41',
      '%2F',
      '%',
      '..',
      ':rawPredict',
      'publishers',
      ';',
      'responses',
      'audio',
      'transcriptions',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.string({ maxLength: 12 }), fc.uint8Array({ maxLength: 60 }), (parts, query, raw) => {
        const outcome = ask(`/${parts.join('/')}?${query}`, undefined, { raw })
        expect(outcome.ok || outcome.unread.resourceKind === 'llm').toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
