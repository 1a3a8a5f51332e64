// The file a server's tools are pinned in: made by `bailiwick tools pin`, reviewed like code, read at start. Sorted, indented, and with every
// character that hides or reorders text written as an escape, so that a diff shows all there is. Its digests are checked when it is read: a
// hand that changed one place and not the other, or a merge that kept half of each side, is noticed.
import { canonicalize, isJsonArray, isJsonObject } from '@bailiwick/json'
import type { JsonObject, JsonValue } from '@bailiwick/core'
import { byName, digestOf, toJsonValue, toListedTool } from './listed-tool.ts'
import type { ListedTool } from './listed-tool.ts'

export interface PinnedTool extends ListedTool {
  /** JSON pointers into the input schema: keywords a reviewer leaves to the server, because they cannot be checked here. */
  readonly unchecked: readonly string[]
}

export interface ToolsFile {
  readonly resource: string
  /** Sorted by name, no name twice. */
  readonly tools: readonly PinnedTool[]
  readonly digest: string
}

export type ParsedToolsFile = { readonly ok: true; readonly file: ToolsFile } | { readonly ok: false; readonly expected: string }

const VERSION = 1
/** All of them are asked about in one question when they are listed. */
export const MAX_TOOLS = 500
export const MAX_FILE_BYTES = 8 * 1024 * 1024
// Controls, formatting, private and unassigned characters, surrogates, separators other than the space.
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu

export function makeToolsFile(resource: string, tools: readonly PinnedTool[]): ToolsFile {
  const sorted = tools.toSorted(byName)
  return { resource, tools: sorted, digest: wholeDigest(resource, sorted) }
}

export function writeToolsFile({ resource, tools, digest }: ToolsFile): string {
  const value: JsonObject = {
    bailiwick_tools: VERSION,
    resource,
    digest,
    tools: tools.map((tool) => ({
      name: tool.name,
      digest: tool.digest,
      ...(tool.unchecked.length === 0 ? {} : { unchecked: tool.unchecked }),
      definition: sortedKeys(tool.definition),
    })),
  }
  const text = JSON.stringify(value, null, 2)
  // Line ends and indentation are ours; within strings JSON has escaped them already.
  return `${text.replace(HIDDEN, (character) => (character === '\n' ? character : escapeUnits(character)))}\n`
}

/** Checks form, order, repeats and every digest; not whether the schemas can be compiled. */
export function parseToolsFile(text: string): ParsedToolsFile {
  const value = readJson(text)
  if (value === undefined) return refuse('JSON')
  if (!isJsonObject(value) || value['bailiwick_tools'] !== VERSION) return refuse(`a file made by bailiwick tools pin, bailiwick_tools: ${VERSION}`)
  const { bailiwick_tools: _, resource, tools: listed, digest, ...others } = value
  if (Object.keys(others).length > 0 || typeof resource !== 'string' || !isJsonArray(listed) || typeof digest !== 'string')
    return refuse('the members resource, digest and tools, and no other')
  if (listed.length > MAX_TOOLS) return refuse(`at most ${MAX_TOOLS} tools`)
  const tools: PinnedTool[] = []
  for (const [index, entry] of listed.entries()) {
    const tool = readTool(entry)
    if (typeof tool === 'string') return refuse(`${tool} (tools[${index}])`)
    tools.push(tool)
  }
  if (tools.some((tool, index) => tools[index + 1] !== undefined && byName(tool, tools[index + 1] ?? tool) >= 0))
    return refuse('tools sorted by name, each once')
  const file: ToolsFile = { resource, tools, digest }
  // Formatting aside it has to be what is written for it. A name that is there twice would be one thing to JSON.parse and another to a reviewer.
  return digest === wholeDigest(resource, tools) && withoutSpace(writeToolsFile(file)) === withoutSpace(text) ? { ok: true, file } : refuse(EDITED)
}

/** Not the strict reader of requests: a server's schema may hold bounds that no double holds exactly, such as 9223372036854775807. */
function readJson(text: string): JsonValue | undefined {
  try {
    return toJsonValue(JSON.parse(text))
  } catch {
    return undefined
  }
}

const STRING_OR_SPACE = /"(?:[^"\\]|\\[^])*"|\s+/g

function withoutSpace(json: string): string {
  return json.replace(STRING_OR_SPACE, (token) => (token.startsWith('"') ? token : ''))
}

const EDITED = 'digests that fit the content: it was changed by hand or by a merge; pin again and review the difference'

function readTool(entry: JsonValue): PinnedTool | string {
  if (!isJsonObject(entry)) return 'a tool as bailiwick tools pin writes it'
  const { name, digest, definition, unchecked = [], ...others } = entry
  if (definition === undefined || Object.keys(others).length > 0 || !isPointers(unchecked)) return 'a tool as bailiwick tools pin writes it'
  const tool = toListedTool(definition)
  if (tool === undefined || tool.name !== name) return 'a tool whose definition has its name'
  return tool.digest === digest ? { ...tool, unchecked } : EDITED
}

function isPointers(value: JsonValue): value is readonly string[] {
  return isJsonArray(value) && value.every((item) => typeof item === 'string')
}

function wholeDigest(resource: string, tools: readonly PinnedTool[]): string {
  return digestOf([resource, ...tools.map(({ name, digest, unchecked }) => [name, digest, unchecked])])
}

/** Members in one order at every depth: a server that lists them in another one has changed nothing. */
function sortedKeys(value: JsonValue): JsonValue {
  return toJsonValue(JSON.parse(canonicalize(value)))
}

function refuse(expected: string): ParsedToolsFile {
  return { ok: false, expected }
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')
}
