// One entry of Gemini's `tools`: functions, MCP servers, and one member per built-in. A built-in is named by its member, known
// here or not: a policy that lists what it allows has not listed a new one.
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { findFoldedKey, isJsonObject, reserveKeys } from '@bailiwick/json'
import { camelCased } from './camel-cased.ts'
import { builtin, isMcpUrl, joinNames, mcpServer, named, readEntries } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const KEYS = reserveKeys(['functionDeclarations', 'mcpServers'])
const FUNCTION_KEYS = reserveKeys(['name'])
const SERVER_KEYS = reserveKeys(['name', 'streamableHttpTransport'])
const TRANSPORT_KEYS = reserveKeys(['url'])

export function geminiTool(entry: JsonObject): Names {
  const members = camelCased(entry)
  if (members === undefined || findFoldedKey(members, KEYS) !== undefined) return 'tool_entry'
  return joinNames(Object.entries(members).map(([name, value]) => readMember(name, value)))
}

function readMember(name: string, value: JsonValue): Names {
  if (name === 'functionDeclarations') return readEntries(value, declaredFunction)
  if (name === 'mcpServers') return readEntries(value, remoteServer)
  return value === null || isJsonObject(value) ? builtin(name) : 'tool_entry'
}

function declaredFunction(declaration: JsonObject): Names {
  return findFoldedKey(declaration, FUNCTION_KEYS) === undefined ? named(declaration['name']) : 'tool_entry'
}

/** By where it is; its name is the caller's own word. */
function remoteServer(entry: JsonObject): Names {
  const server = camelCased(entry)
  if (server === undefined || findFoldedKey(server, SERVER_KEYS) !== undefined) return 'mcp_server'
  const transport = server['streamableHttpTransport']
  if (!isJsonObject(transport) || findFoldedKey(transport, TRANSPORT_KEYS) !== undefined) return 'mcp_server'
  const { url } = transport
  const isPlain = Object.keys(server).every((key) => key === 'name' || key === 'streamableHttpTransport')
  return isPlain && isMcpUrl(url) ? mcpServer(url) : 'mcp_server'
}
