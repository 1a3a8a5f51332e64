// What the view `struct` of programs/parse.go must show of a document, when names are taken exactly: the members those types name, null for absent.

type Shape = { readonly [key: string]: Shape } | readonly [Shape] | 'value'

const NAMED: Shape = { name: 'value' }

export const SHAPES: Readonly<Record<'mcp' | 'llm', Shape>> = {
  mcp: {
    jsonrpc: 'value',
    id: 'value',
    method: 'value',
    params: {
      name: 'value',
      uri: 'value',
      taskId: 'value',
      protocolVersion: 'value',
      arguments: 'value',
      ref: { type: 'value', name: 'value', uri: 'value' },
      _meta: { 'io.modelcontextprotocol/protocolVersion': 'value' },
    },
  },
  llm: {
    model: 'value',
    tools: [{ type: 'value', name: 'value', function: NAMED, custom: NAMED }],
    functions: [NAMED],
    stream: 'value',
  },
}

export function project(document: unknown, shape: Shape): unknown {
  if (shape === 'value') return document
  if (isList(shape)) return Array.isArray(document) ? document.map((item: unknown) => project(item ?? {}, shape[0])) : document
  if (!isRecord(document)) return document
  const shown: [string, unknown][] = []
  for (const key in shape) {
    const inner = shape[key]
    const value = Object.hasOwn(document, key) ? (document[key] ?? null) : null
    if (inner !== undefined && value !== null) shown.push([key, project(value, inner)])
  }
  return Object.fromEntries(shown)
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape)
}
