// One entry of Anthropic's `tools`: the agent's own tool by its name; Anthropic's tools by their dated type, whoever runs them;
// an MCP toolset, which `anthropic-mcp.ts` names together with its server.
import type { JsonObject } from '@bailiwick/core'
import { findFoldedKey, reserveKeys } from '@bailiwick/json'
import { builtin, functionName, named } from '../tool-names.ts'
import type { Names } from '../tool-names.ts'

const KEYS = reserveKeys(['type', 'name', 'model', 'mcp_server_name', 'configs', 'default_config'])

/** A family is known, its next version reads alike. The advisor is not among them: it is a second model. */
const BUILT_IN = /^(?:(?:bash|code_execution|computer|memory|text_editor|web_fetch|web_search)_20[0-9]{6}|tool_search_tool_(?:bm25|regex)(?:_20[0-9]{6})?)$/

export function anthropicTool(entry: JsonObject): Names {
  if (findFoldedKey(entry, KEYS) !== undefined) return 'tool_entry'
  if (entry['model'] !== undefined) return 'second_model'
  const { type = null } = entry
  if (type === 'mcp_toolset') return []
  if (type === null || type === 'custom') return named(entry['name'])
  if (typeof type !== 'string' || !BUILT_IN.test(type)) return 'tool_entry'
  return functionName(entry['name']) === undefined ? 'tool_entry' : builtin(type)
}
