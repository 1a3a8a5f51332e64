import { describe, expect, it } from 'vitest'
import { answer } from './asking.ts'

const body = { model: 'gpt-5.2', input: 'hi' }
const changed = (change: object): Readonly<Record<string, unknown>> => answer('/v1/responses', { ...body, ...change })
const tool = (entry: unknown): Readonly<Record<string, unknown>> => changed({ tools: [entry] })
const mcp = { type: 'mcp', server_label: 'x', server_url: 'https://mcp.example.com/sse' }

describe('state that is stored at the provider', () => {
  it.each([
    ['previous_response_id', 'resp_1'],
    ['conversation', 'conv_1'],
    ['conversation', { id: 'conv_1' }],
    ['prompt', { id: 'pmpt_1' }],
    ['prompt', 'pmpt_1'],
    ['previous_response_id', ''],
  ])('refuses %s %j', (key, value) => expect(changed({ [key]: value })).toMatchObject({ reason: 'body_unreadable', detail: 'hidden_state' }))

  it.each([
    [{ type: 'item_reference', id: 'msg_1' }],
    [{ id: 'msg_1' }],
    [{ type: null, id: 'msg_1' }],
    [{ type: 'next_years_item' }],
    [{ type: 'message', role: 'user', content: 'x', tools: [] }],
    [{ role: 'user', content: 'x', tools: [{ type: 'mcp' }] }],
  ])('refuses the input item %j', (item) => expect(changed({ input: [item] })).toMatchObject({ detail: 'input_item' }))

  it.each([{ input: {} }, { input: 1 }, { input: ['x'] }, { input: [null] }, { input: [{ type: 'message', role: 'user', Tools: [] }] }])(
    'refuses %j',
    (change) => {
      expect(changed(change)).toMatchObject({ detail: 'input' })
    },
  )

  it('refuses a second model for moderation', () => expect(changed({ moderation: { model: 'm' } })).toMatchObject({ detail: 'second_model' }))
})

describe('tools', () => {
  it.each([
    [{ type: 'function' }],
    [{ type: 'function', function: { name: 'a' } }],
    [{ type: 'function', name: 'a b' }],
    [{ type: 'function', name: 'a', Name: 'b' }],
    [{ type: 'function', name: 'a', tools: [] }],
    [{ type: 'next_years_tool' }],
    [{ type: 'web_search_2027_01_01' }],
    [{ type: ['web_search'] }],
    [{ name: 'a' }],
    [{ type: 'web_search', tools: [{ type: 'function', name: 'a' }] }],
    [{ type: 'shell', environment: { type: 'container_auto', skills: [{ type: 'skill_reference', skill_id: 's' }] } }],
    [{ type: 'shell', environment: { type: 'local', Skills: [] } }],
    [{ type: 'namespace', tools: [] }],
    [{ type: 'namespace', name: 'crm', tools: [{ type: 'mcp', server_url: 'https://x.example' }] }],
    [{ type: 'namespace', name: 'crm', tools: [{ type: 'namespace', name: 'b', tools: [] }] }],
    ['web_search'],
  ])('refuses %j', (entry) => expect(tool(entry)).toMatchObject({ reason: 'body_unreadable', detail: 'tool_entry' }))

  it('refuses a model of its own', () => expect(tool({ type: 'image_generation', model: 'gpt-image-1' })).toMatchObject({ detail: 'second_model' }))

  it.each([
    'http://mcp.example.com/sse',
    'https://user@mcp.example.com/',
    'https://good.example@evil.example/',
    'https://mcp.example.com/sse?key=1',
    'https://mcp.example.com/sse#a',
    'https://MCP.example.com/sse',
    'https://mcp.example.com/a/../b',
    'https://mcp.example.com/./b',
    'https://mcp.example.com//b',
    'https://mcp.example.com/%2e',
    'https://mcp.example.com\\b',
    'https://mcp.example.com/é',
    'https://-x.example',
    'https://x.example:0/',
    `https://x.example/${'a'.repeat(600)}`,
    'litellm_proxy',
    '',
    1,
    null,
    undefined,
  ])('refuses the MCP server %j', (url) => expect(tool({ ...mcp, server_url: url })).toMatchObject({ detail: 'mcp_server' }))

  it.each([
    { connector_id: 'connector_gmail' },
    { server_url: null, connector_id: 'gmail' },
    { server_url: null, tunnel_id: 'a/b' },
    { allowed_tools: 'read' },
    { allowed_tools: ['a b'] },
    { allowed_tools: [1] },
    { allowed_tools: ['a#b'] },
    { allowed_tools: { tool_names: 'a' } },
    { allowed_tools: { Tool_Names: ['a'] } },
  ])('refuses an MCP server with %j', (change) => expect(tool({ ...mcp, ...change })).toMatchObject({ detail: 'mcp_server' }))

  it.each([
    {},
    { allowed_tools: null },
    { allowed_tools: [] },
    { allowed_tools: {} },
    { allowed_tools: { read_only: true } },
    { allowed_tools: { tool_names: [] } },
  ])('counts an MCP server with %j as all it has', (change) =>
    expect(tool({ ...mcp, ...change })).toMatchObject({ tools: ['mcp:https://mcp.example.com/sse'] }),
  )

  it('reads the tools of an item as it reads the tools of the request', () => {
    for (const type of ['tool_search_output', 'additional_tools']) {
      expect(changed({ input: [{ type, tools: [mcp] }] })).toMatchObject({ tools: ['mcp:https://mcp.example.com/sse'] })
      expect(changed({ input: [{ type, tools: [{ type: 'next_years_tool' }] }] })).toMatchObject({ detail: 'tool_entry' })
      expect(changed({ input: [{ type, tools: 'x' }] })).toMatchObject({ detail: 'tools' })
    }
  })

  it('counts tools over all places', () => {
    const many = (from: number): readonly unknown[] => Array.from({ length: 300 }, (_, i) => ({ type: 'function', name: `t${from + i}` }))
    expect(changed({ tools: many(0) })).toMatchObject({ kind: 'llm' })
    expect(changed({ tools: many(0), input: [{ type: 'additional_tools', tools: many(300) }] })).toMatchObject({ detail: 'tool_count' })
    expect(changed({ tools: Array.from({ length: 10_000 }, () => ({ type: 'function', name: 'a' })) })).toMatchObject({ detail: 'tool_count' })
  })
})
