// One tool as OpenAI responses declare it: the agent's own functions, flat or in a namespace; remote MCP servers, named by where
// they are and never by the label the caller gave them; what the provider runs, by its type.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { findFoldedKey, isJsonArray, isJsonObject, reserveKeys } from '@bailiwick/json'
import { builtin, functionName, isMcpUrl, mcpServer, named, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const KEYS = reserveKeys(['type', 'name', 'tools', 'model', 'server_url', 'connector_id', 'tunnel_id', 'allowed_tools', 'environment'])
const FILTER_KEYS = reserveKeys(['tool_names'])
const ENVIRONMENT_KEYS = reserveKeys(['skills'])

const BUILT_IN = new Set([
  'apply_patch',
  'code_interpreter',
  'computer',
  'computer_use_preview',
  'file_search',
  'image_generation',
  'local_shell',
  'programmatic_tool_calling',
  'shell',
  'tool_search',
  'web_search',
  'web_search_2025_08_26',
  'web_search_preview',
  'web_search_preview_2025_03_11',
])

const CONNECTOR = /^connector_[a-z0-9_]{1,64}$/
const TUNNEL = /^[A-Za-z0-9_-]{1,128}$/

export function responsesTool(entry: JsonObject): Names {
  if (findFoldedKey(entry, KEYS) !== undefined) return 'tool_entry'
  const { type } = entry
  if (typeof type !== 'string') return 'tool_entry'
  // Image generation takes a model of its own.
  if (entry['model'] !== undefined) return 'second_model'
  if (type === 'mcp') return mcpTool(entry)
  if (type === 'namespace') return namespaced(entry)
  if (entry['tools'] !== undefined) return 'tool_entry'
  if (type === 'function' || type === 'custom') return named(entry['name'])
  return BUILT_IN.has(type) && !hasSkills(entry['environment']) ? builtin(type) : 'tool_entry'
}

function mcpTool(entry: JsonObject): Names {
  const { server_url: url, connector_id: connector, tunnel_id: tunnel } = entry
  const places = [url, connector, tunnel].filter((place) => place !== undefined && place !== null)
  const allowed = allowedTools(entry['allowed_tools'])
  if (places.length !== 1 || allowed === 'unreadable') return 'mcp_server'
  if (isMcpUrl(url)) return mcpServer(url, allowed)
  if (typeof connector === 'string' && CONNECTOR.test(connector)) return mcpServer(connector, allowed)
  if (typeof tunnel === 'string' && TUNNEL.test(tunnel)) return mcpServer(`tunnel/${tunnel}`, allowed)
  return 'mcp_server'
}

/** Undefined: not narrowed to names. What a server marks as read-only is the server's word, and does not narrow. */
function allowedTools(value: JsonValue | undefined): readonly JsonValue[] | 'unreadable' | undefined {
  if (value === undefined || value === null) return undefined
  if (isJsonArray(value)) return value.length === 0 ? undefined : value
  if (!isJsonObject(value) || findFoldedKey(value, FILTER_KEYS) !== undefined) return 'unreadable'
  const names = value['tool_names']
  if (names === undefined || names === null) return undefined
  if (!isJsonArray(names)) return 'unreadable'
  return names.length === 0 ? undefined : names
}

function namespaced(entry: JsonObject): Names {
  const space = functionName(entry['name'])
  if (space === undefined) return 'tool_entry'
  return readEntries(entry['tools'], (tool) => {
    const inner = tool['type'] === 'function' || tool['type'] === 'custom' ? responsesTool(tool) : 'tool_entry'
    return typeof inner === 'string' ? inner : inner.map((name) => `namespace:${space}/${name}`)
  })
}

/** Skills bring programs along that this request does not show. */
function hasSkills(environment: JsonValue | undefined): boolean {
  if (environment === undefined || environment === null) return false
  if (!isJsonObject(environment) || findFoldedKey(environment, ENVIRONMENT_KEYS) !== undefined) return true
  const { skills = null } = environment
  return skills !== null && !(isJsonArray(skills) && skills.length === 0)
}
