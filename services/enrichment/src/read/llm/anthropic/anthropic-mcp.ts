// MCP servers that Anthropic connects to for the model, in both forms: `mcp_servers[].tool_configuration`, and toolsets among
// the tools that refer to a server by name. A server is named by its URL; its name is the caller's own word.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { findFoldedKey, isJsonArray, isJsonObject, reserveKeys } from '@bailiwick/json'
import { isMcpUrl, mcpServer, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const SERVER_KEYS = reserveKeys(['type', 'url', 'name', 'tool_configuration'])
const CONFIGURATION_KEYS = reserveKeys(['allowed_tools', 'enabled'])
const CONFIG_KEYS = reserveKeys(['enabled'])

export function anthropicMcp(body: JsonObject): Names {
  const toolsets = toolsetsOf(body['tools'])
  if (toolsets === undefined) return 'mcp_server'
  const servers = new Set<string>()
  const names = readEntries(body['mcp_servers'], (server) => {
    const { type, url, name } = server
    if (findFoldedKey(server, SERVER_KEYS) !== undefined || type !== 'url' || typeof name !== 'string' || servers.has(name) || !isMcpUrl(url))
      return 'mcp_server'
    servers.add(name)
    const toolset = toolsets.get(name)
    const tools = toolset === undefined ? configured(server['tool_configuration']) : enabled(toolset)
    return tools === 'unreadable' ? 'mcp_server' : mcpServer(url, tools)
  })
  const isDangling = [...toolsets.keys()].some((name) => !servers.has(name))
  return isDangling ? 'mcp_server' : names
}

/** By server name; undefined where two toolsets are for one server. */
function toolsetsOf(tools: JsonValue | undefined): ReadonlyMap<string, JsonObject> | undefined {
  const toolsets = new Map<string, JsonObject>()
  if (!isJsonArray(tools)) return toolsets
  for (const tool of tools) {
    if (!isJsonObject(tool) || tool['type'] !== 'mcp_toolset') continue
    const server = tool['mcp_server_name']
    if (typeof server !== 'string' || toolsets.has(server)) return undefined
    toolsets.set(server, tool)
  }
  return toolsets
}

type Narrowed = readonly JsonValue[] | 'unreadable' | undefined

/** Undefined: everything the server has. A server that is declared and switched off still counts as declared. */
function configured(configuration: JsonValue | undefined): Narrowed {
  if (configuration === undefined || configuration === null) return undefined
  if (!isJsonObject(configuration) || findFoldedKey(configuration, CONFIGURATION_KEYS) !== undefined) return 'unreadable'
  const { allowed_tools: allowed = null } = configuration
  if (allowed === null) return undefined
  if (!isJsonArray(allowed)) return 'unreadable'
  return allowed.length === 0 ? undefined : allowed
}

/** Narrowed only where the default is off; then to what is not switched off again. */
function enabled({ default_config: byDefault = null, configs = null }: JsonObject): Narrowed {
  if (byDefault !== null && (!isJsonObject(byDefault) || findFoldedKey(byDefault, CONFIG_KEYS) !== undefined)) return 'unreadable'
  if (configs !== null && !isJsonObject(configs)) return 'unreadable'
  if (byDefault?.['enabled'] !== false || configs === null) return undefined
  const names: string[] = []
  for (const [tool, config] of Object.entries(configs)) {
    if (!isJsonObject(config) || findFoldedKey(config, CONFIG_KEYS) !== undefined) return 'unreadable'
    if (config['enabled'] !== false) names.push(tool)
  }
  return names.length === 0 ? undefined : names
}
