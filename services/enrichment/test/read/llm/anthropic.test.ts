import { describe, expect, it } from 'vitest'
import { answer } from './asking.ts'

const body = { model: 'claude-haiku-4-5', max_tokens: 10, messages: [{ role: 'user', content: 'hi' }] }
const changed = (change: object): Readonly<Record<string, unknown>> => answer('/v1/messages', { ...body, ...change })
const tool = (entry: unknown): Readonly<Record<string, unknown>> => changed({ tools: [entry] })
const server = { type: 'url', url: 'https://mcp.example.com/sse', name: 'one' }
const toolset = { type: 'mcp_toolset', mcp_server_name: 'one' }

describe('Anthropic tools', () => {
  it.each([
    [{}],
    [{ name: 'a b' }],
    [{ name: 'builtin:bash_20250124' }],
    [{ name: 'a', Name: 'b' }],
    [{ type: 'custom' }],
    [{ type: 'function', function: { name: 'a' } }],
    [{ type: 'bash_20250124' }],
    [{ type: 'bash', name: 'bash' }],
    [{ type: 'next_years_tool_20270101', name: 'x' }],
    [{ type: 'web_search_20250305x', name: 'web_search' }],
    ['bash'],
  ])('refuses %j', (entry) => expect(tool(entry)).toMatchObject({ reason: 'body_unreadable', detail: 'tool_entry' }))

  it('refuses the advisor: it is a second model', () => {
    expect(tool({ type: 'advisor_20260301', name: 'advisor', model: 'claude-opus-4-5' })).toMatchObject({ detail: 'second_model' })
    expect(tool({ type: 'bash_20250124', name: 'bash', model: 'x' })).toMatchObject({ detail: 'second_model' })
  })

  it('refuses fallbacks, which Anthropic itself knows', () => {
    for (const fallbacks of [[{ model: 'claude-opus-4-5' }], 'default', null]) expect(changed({ fallbacks })).toMatchObject({ detail: 'second_model' })
  })

  it('reads the next version of a family it knows', () =>
    expect(tool({ type: 'web_fetch_20990101', name: 'web_fetch' })).toMatchObject({ tools: ['builtin:web_fetch_20990101'] }))

  it.each([
    { stream: 'true' },
    { model: ['a'] },
    { model: 'a,b' },
    { messages: {} },
    { messages: [{ role: 'user', tools: [] }] },
    { metadata: { user_id: 'u', tags: ['paid'] } },
    { tools: {} },
    { container: 1 },
    { container: { skills: {} } },
    { container: { skills: [{ type: 'anthropic' }] } },
    { container: { skills: [{ type: 'other', skill_id: 'x' }] } },
    { container: { skills: [{ type: 'custom', skill_id: 'a/b' }] } },
    { container: { Skills: [{ type: 'custom', skill_id: 'a' }] } },
  ])('refuses %j', (change) => expect(changed(change)).toMatchObject({ reason: 'body_unreadable', problem: 'not_a_request' }))

  it('takes a container by its id', () => expect(changed({ container: 'container_1' })).toMatchObject({ tools: [] }))
})

describe('MCP servers of Anthropic', () => {
  const servers = (...list: readonly unknown[]): Readonly<Record<string, unknown>> => changed({ mcp_servers: list })

  it('names a server by where it is, not by what the caller calls it', () => {
    expect(servers({ ...server, name: 'trusted-name' })).toMatchObject({ tools: ['mcp:https://mcp.example.com/sse'] })
  })

  it.each([
    [{ ...server, url: 'http://mcp.example.com/sse' }],
    [{ ...server, url: 'https://mcp.example.com/sse?x=1' }],
    [{ ...server, type: 'stdio' }],
    [{ ...server, name: undefined }],
    [{ ...server, Url: 'https://evil.example' }],
    [{ ...server, tool_configuration: { allowed_tools: 'a' } }],
    [{ ...server, tool_configuration: { allowed_tools: [1] } }],
    [{ ...server, tool_configuration: { Allowed_Tools: ['a'] } }],
    [{ ...server, tool_configuration: [] }],
  ])('refuses %j', (entry) => expect(servers(entry)).toMatchObject({ detail: 'mcp_server' }))

  it('refuses two servers of one name', () => expect(servers(server, { ...server, url: 'https://evil.example' })).toMatchObject({ detail: 'mcp_server' }))

  it.each([
    [{ enabled: false }, 'mcp:https://mcp.example.com/sse'],
    [{ allowed_tools: null }, 'mcp:https://mcp.example.com/sse'],
    [{ allowed_tools: [] }, 'mcp:https://mcp.example.com/sse'],
    [{ enabled: true, allowed_tools: ['a'] }, 'mcp:https://mcp.example.com/sse#a'],
  ])('reads tool_configuration %j as %s', (tool_configuration, name) => expect(servers({ ...server, tool_configuration })).toMatchObject({ tools: [name] }))

  const sets = (...entries: readonly object[]): Readonly<Record<string, unknown>> => changed({ mcp_servers: [server], tools: entries })

  it.each([
    [{}, ['mcp:https://mcp.example.com/sse']],
    [{ default_config: { enabled: false } }, ['mcp:https://mcp.example.com/sse']],
    [{ default_config: { enabled: false }, configs: { a: { enabled: false } } }, ['mcp:https://mcp.example.com/sse']],
    [{ default_config: { enabled: false }, configs: { a: { defer_loading: true } } }, ['mcp:https://mcp.example.com/sse#a']],
    [{ default_config: { enabled: true }, configs: { a: { enabled: true } } }, ['mcp:https://mcp.example.com/sse']],
    [{ default_config: null, configs: null }, ['mcp:https://mcp.example.com/sse']],
  ])('reads a toolset with %j as %j', (change, tools) => expect(sets({ ...toolset, ...change })).toMatchObject({ tools }))

  it.each([
    [{ ...toolset, mcp_server_name: 'two' }],
    [{ ...toolset, mcp_server_name: undefined }],
    [{ ...toolset, default_config: [] }],
    [{ ...toolset, default_config: { Enabled: false } }],
    [{ ...toolset, default_config: { enabled: false }, configs: { a: true } }],
    [{ ...toolset, default_config: { enabled: false }, configs: { a: { Enabled: false } } }],
    [{ ...toolset, default_config: { enabled: false }, configs: { 'a b': {} } }],
    [{ ...toolset, configs: [] }],
  ])('refuses the toolset %j', (entry) => expect(sets(entry)).toMatchObject({ detail: 'mcp_server' }))

  it('refuses two toolsets for one server', () =>
    expect(sets(toolset, { ...toolset, default_config: { enabled: false } })).toMatchObject({ detail: 'mcp_server' }))
})

describe('message batches', () => {
  const batch = (...requests: readonly unknown[]): Readonly<Record<string, unknown>> => answer('/v1/messages/batches', { requests })
  const one = { custom_id: 'a', params: body }

  it('is one call of one model', () => expect(batch(one, { ...one, custom_id: 'b' })).toMatchObject({ dialect: 'anthropic_batches', model: body.model }))

  it('refuses a batch of two models', () => {
    expect(batch(one, { custom_id: 'b', params: { ...body, model: 'claude-opus-4-5' } })).toMatchObject({ reason: 'body_unreadable', detail: 'second_model' })
  })

  it('looks at every request', () => {
    const last = (params: unknown): Readonly<Record<string, unknown>> => batch(...Array.from({ length: 50 }, () => one), { custom_id: 'z', params })
    expect(last({ ...body, tools: [{ name: 'hidden' }] })).toMatchObject({ tools: ['hidden'] })
    expect(last({ ...body, tools: [{ type: 'next' }] })).toMatchObject({ detail: 'tool_entry' })
    expect(last({ ...body, fallbacks: [] })).toMatchObject({ detail: 'second_model' })
    expect(last({ ...body, next_years_field: {} })).toMatchObject({ detail: 'member_unknown' })
    expect(last({ ...body, Model: 'x' })).toMatchObject({ detail: 'requests' })
    expect(last([body])).toMatchObject({ detail: 'requests' })
    expect(last({ ...body, model: undefined })).toMatchObject({ detail: 'model' })
  })

  it.each([[[]], [{}], [null], [['x']], [[{ custom_id: 'a' }]], [[{ ...one, Params: body }]], [[{ ...one, model: 'claude-opus-4-5' }]]])(
    'refuses the requests %j',
    (requests) => {
      expect(answer('/v1/messages/batches', { requests })).toMatchObject({ reason: 'body_unreadable' })
    },
  )
})
