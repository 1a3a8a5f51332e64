// MCP 2026-07-28, streamable HTTP, request metadata and server validation (SEP-2243): headers repeat parts of the body so that
// what stands in between can route. They must be there and agree, or somebody would act on another message than was judged.
// On older revisions nothing is required, but what is there must not disagree. `Mcp-Param-*` is forwarded unread: only the
// tool's own schema tells what it mirrors.
import type { CheckedHeaders } from '../transport/read-headers.ts'
import type { NameSource } from './versions.ts'

/** Sources whose name travels in `Mcp-Name`; the task ids by SEP-2663. */
const MIRRORED: ReadonlySet<NameSource> = new Set(['tool', 'prompt', 'uri', 'task'])
const SENTINEL = /^=\?base64\?(.*)\?=$/s
const PLAIN = /^[\t -~]*$/

export interface Mirrored {
  readonly method: string | undefined
  readonly name: string | undefined
  readonly source: NameSource
}

/** Undefined when headers and body agree, else a word for the audit. `required`: the revision demands the headers. */
export function checkMirrors(headers: CheckedHeaders, body: Mirrored, required: boolean): string | undefined {
  const method = headers.get('mcp-method')
  if (method === undefined ? required : method !== body.method) return 'mcp_method'
  const name = headers.get('mcp-name')
  if (name === undefined) return required && MIRRORED.has(body.source) ? 'mcp_name' : undefined
  return body.name !== undefined && decodeMirror(name) === body.name ? undefined : 'mcp_name'
}

/** A header value as the text it stands for; undefined where it is malformed. */
export function decodeMirror(value: string): string | undefined {
  const encoded = SENTINEL.exec(value)?.[1]
  if (encoded === undefined) return PLAIN.test(value) ? value : undefined
  const bytes = Buffer.from(encoded, 'base64')
  // One spelling only: Buffer skips what is not base64, and other decoders may not.
  if (bytes.toString('base64') !== encoded) return undefined
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : undefined
}
