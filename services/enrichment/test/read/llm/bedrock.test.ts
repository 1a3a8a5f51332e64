import { describe, expect, it } from 'vitest'
import { answer, ask } from './asking.ts'

const CLAUDE = 'anthropic.claude-3-5-sonnet-20241022-v2:0'
const messages = [{ role: 'user', content: [{ text: 'hi' }] }]
const converse = (change: object, model = CLAUDE): Readonly<Record<string, unknown>> => answer(`/model/${model}/converse`, { messages, ...change })
const invoke = (model: string, body: object): Readonly<Record<string, unknown>> => answer(`/model/${model}/invoke`, body)
const ARN = 'arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3A'

describe('model ids of Bedrock', () => {
  it('is the same model however its colons are encoded', () => {
    for (const id of [CLAUDE, CLAUDE.replace(':', '%3A'), CLAUDE.replace(':', '%3a')]) expect(converse({}, id)).toMatchObject({ model: CLAUDE })
  })

  it.each([
    'inference-profile%2Feu.amazon.nova-lite-v1%3A0',
    'application-inference-profile%2Fabc',
    'provisioned-model%2Fabc',
    'imported-model%2Fabc',
    'custom-model-deployment%2fabc',
  ])('may be the ARN of %s', (resource) => expect(converse({}, `${ARN}${resource}`)).toMatchObject({ model: decodeURIComponent(`${ARN}${resource}`) }))

  it.each([
    'prompt%2FABC%3A1',
    'prompt-router%2Fabc',
    'default-prompt-router%2Fanthropic.claude%3A1',
    'agent%2Fabc',
    'inference-profile%2F..',
    'inference-profile%2Fa%2Fb',
    'inference-profile%252Fa',
    'inference-profile%2F',
  ])('may not be the ARN of %s', (resource) => expect(converse({}, `${ARN}${resource}`)).toMatchObject({ reason: 'body_unreadable' }))

  it.each(['a%2Fb', 'anthropic.claude%252F', '..%2Fmodel', 'arn%3Aaws%3As3%3A%3A%3Abucket%2Fx', '%2e%2e', 'a%2F..%2Fb'])('may not be %s', (id) => {
    expect(converse({}, id)).toMatchObject({ reason: 'body_unreadable', detail: 'path' })
  })

  it.each(['a,b', 'Anthropic.claude', '.claude', 'anthropic..claude', 'us.anthropic', '@x', 'a%40b'])('may not be %s', (id) =>
    expect(converse({}, id)).toMatchObject({ detail: 'model' }),
  )

  it.each([
    `/model/${CLAUDE}/count-tokens`,
    '/async-invoke',
    `/model/x/model/${CLAUDE}/converse`,
    `/Model/${CLAUDE}/converse`,
    '/model/converse',
    '/guardrail/x/version/1/apply',
    '/model/arn:aws:bedrock:us-east-1:123456789012:inference-profile/x/converse',
  ])('is not known on %s', (path) => expect(answer(path, { messages })).toMatchObject({ reason: 'method_unknown' }))
})

it('a path that is refused is still answered as Bedrock answers', () => {
  expect(ask(`/model/${ARN}prompt%2FABC%3A1/converse`, { messages })).toMatchObject({ ok: false, unread: { dialect: 'bedrock_converse' } })
})

describe('converse', () => {
  it.each([
    [{ toolSpec: { name: 'a b' } }],
    [{ toolSpec: {} }],
    [{ toolSpec: { name: 'a', Name: 'b' } }],
    [{ toolSpec: { name: 'a' }, systemTool: { name: 'b' } }],
    [{ systemTool: {} }],
    [{ systemTool: { name: 'a b' } }],
    [{ nextYearsTool: { name: 'a' } }],
    [{ ToolSpec: { name: 'a' } }],
    [{}],
    [[]],
    [{ toolSpec: null }],
  ])('refuses the tool %j', (entry) => expect(converse({ toolConfig: { tools: [entry] } })).toMatchObject({ reason: 'body_unreadable', detail: 'tool_entry' }))

  it.each([{ toolConfig: [] }, { toolConfig: { Tools: [] } }, { toolConfig: { tools: {} } }])('refuses %j', (change) =>
    expect(converse(change)).toMatchObject({ detail: 'tools' }),
  )

  it.each([
    { tools: [{ type: 'bash_20250124', name: 'bash' }] },
    { mcp_servers: [] },
    { model: 'x' },
    { Thinking: {} },
    { fallbacks: [] },
    { system: 'x' },
    { unknown: {} },
  ])('refuses the additional fields %j: they are laid over the request', (additionalModelRequestFields) =>
    expect(converse({ additionalModelRequestFields })).toMatchObject({ reason: 'body_unreadable' }),
  )

  it('refuses what is stored or named elsewhere', () => {
    expect(converse({ promptVariables: { a: { text: 'b' } } })).toMatchObject({ detail: 'hidden_state' })
    for (const model of [CLAUDE, 1, null]) expect(converse({ model })).toMatchObject({ reason: 'body_unreadable' })
    expect(converse({ modelId: CLAUDE })).toMatchObject({ reason: 'body_unreadable', problem: 'syntax' })
    expect(converse({ tools: [] })).toMatchObject({ detail: 'member_unknown' })
  })
})

describe('invoke', () => {
  const sent = (...headers: readonly (readonly [string, string])[]): Readonly<Record<string, unknown>> =>
    answer(`/model/${CLAUDE}/invoke`, { messages: [] }, { headers: [['host', 'x'], ...headers] })

  it('takes the media types that SDKs send when told none', () => {
    for (const headers of [[], [['content-type', 'application/octet-stream']], [['content-type', 'application/json']]] as const)
      expect(sent(...headers)).toMatchObject({ kind: 'llm' })
    for (const type of ['text/plain', 'application/x-amz-cbor', 'multipart/form-data; boundary=x', 'application/octet-stream; charset=utf-16', '']) {
      expect(sent(['content-type', type])).toMatchObject({ detail: 'media_type' })
    }
    expect(answer(`/model/${CLAUDE}/converse`, { messages: [] }, { headers: [] })).toMatchObject({ detail: 'media_type' })
  })

  it.each([
    'writer.palmyra-x4-v1:0',
    'luma.ray-v2:0',
    'some-custom-name',
    'amazon.nova-reel-v1:0',
    'amazon.next-years-model',
    'xx.anthropic.claude-3',
    `${ARN}provisioned-model%2Fabc`,
  ])('refuses %s: its format is not known', (model) => expect(invoke(model, { messages })).toMatchObject({ reason: 'body_unreadable', detail: 'publisher' }))

  it('reads each publisher by its own format only', () => {
    const openai = [{ type: 'function', function: { name: 'a' } }]
    expect(invoke(CLAUDE, { messages, tools: openai })).toMatchObject({ detail: 'tool_entry' })
    expect(invoke('mistral.mistral-large-2407-v1:0', { messages, tools: [{ name: 'a' }] })).toMatchObject({ detail: 'tool_entry' })
    expect(invoke('cohere.command-r-v1:0', { message: 'x', tools: openai })).toMatchObject({ detail: 'tool_entry' })
    expect(invoke('cohere.command-r-v1:0', { message: 'x', tools: [{ name: 'a', Name: 'b' }] })).toMatchObject({ detail: 'tool_entry' })
    expect(invoke('meta.llama3-8b-instruct-v1:0', { prompt: 'x', tools: openai })).toMatchObject({ detail: 'member_unknown' })
    expect(invoke('amazon.nova-lite-v1:0', { messages, tools: openai })).toMatchObject({ detail: 'member_unknown' })
    expect(invoke('amazon.titan-text-lite-v1', { inputText: 'x', toolConfig: {} })).toMatchObject({ detail: 'member_unknown' })
    expect(invoke(CLAUDE, { messages, model: CLAUDE })).toMatchObject({ detail: 'model' })
    expect(invoke('openai.gpt-oss-120b-1:0', { messages, stream: 'x' })).toMatchObject({ detail: 'stream' })
  })
})
