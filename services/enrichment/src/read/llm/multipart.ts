// multipart/form-data (RFC 7578) from bytes to named parts, in the one form that every parser reads alike. Refused: a preamble or
// epilogue, a missing end, the boundary anywhere but in a delimiter line, bare CR or LF around it, folded or unknown part headers,
// escapes in names, `filename*`, transfer encodings, parts within parts. Lenient parsers differ in each of these.
// No I/O; linear time; contents are never looked at.

export interface Part {
  readonly name: string
  readonly hasFileName: boolean
  /** Media type as sent; undefined where the part names none. */
  readonly type: string | undefined
  readonly content: Uint8Array
}

const MAX_PARTS = 256
const MAX_HEAD_BYTES = 1024
const CRLF = '\r\n'
/** No semicolon in a file name: a parser that splits before it unquotes would find `name=model` behind one. */
const DISPOSITION = /^form-data; name="([A-Za-z0-9_.[\]-]{1,64})"(?:; filename="([^"\\;]{0,256})")?$/
const TYPE = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}(?:; ?[a-z0-9-]{1,32}=(?:[a-z0-9_.+-]{1,64}|"[a-z0-9 _.+-]{1,64}"))?$/i
/** A body within a body, which some parsers would take apart. */
const NESTED = /^(?:multipart|message)\//i
const PLAIN_ENCODING = /^(?:7bit|8bit|binary)$/i

/** Undefined is a refusal. `boundary` is without its dashes, and has been checked to be one. */
export function readMultipart(bytes: Uint8Array, boundary: string): readonly Part[] | undefined {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const dashes = Buffer.from(`--${boundary}`, 'latin1')
  if (body.indexOf(dashes) !== 0) return undefined
  const parts: Part[] = []
  let at = dashes.length
  for (;;) {
    // Behind a boundary: the end, or a line end and a part.
    const behind = body.toString('latin1', at, at + 2)
    if (behind === '--') return isEnd(body, at + 2) && parts.length > 0 ? parts : undefined
    if (behind !== CRLF || parts.length >= MAX_PARTS) return undefined
    const next = body.indexOf(dashes, at)
    // The part's own line end stands before the next boundary.
    if (next < at + 4 || body.toString('latin1', next - 2, next) !== CRLF) return undefined
    const part = readPart(body.subarray(at + 2, next - 2))
    if (part === undefined) return undefined
    parts.push(part)
    at = next + dashes.length
  }
}

function isEnd(body: Buffer, at: number): boolean {
  const rest = body.length - at
  return rest === 0 || (rest === 2 && body.toString('latin1', at) === CRLF)
}

function readPart(part: Buffer): Part | undefined {
  const headLength = part.subarray(0, MAX_HEAD_BYTES).indexOf('\r\n\r\n')
  if (headLength === -1) return undefined
  const headers = readHead(part.toString('utf8', 0, headLength))
  const content = part.subarray(headLength + 4)
  const disposition = DISPOSITION.exec(headers?.get('content-disposition') ?? '')
  if (headers === undefined || disposition === null) return undefined
  const [, name = '', fileName] = disposition
  const type = headers.get('content-type')
  if (type !== undefined && (!TYPE.test(type) || NESTED.test(type))) return undefined
  const encoding = headers.get('content-transfer-encoding')
  if (encoding !== undefined && !PLAIN_ENCODING.test(encoding)) return undefined
  const length = headers.get('content-length')
  if (length !== undefined && length !== String(content.length)) return undefined
  return { name, hasFileName: fileName !== undefined, type, content }
}

const KNOWN: ReadonlySet<string> = new Set(['content-disposition', 'content-type', 'content-transfer-encoding', 'content-length'])

/** Undefined where a line is folded, not of printable characters, unknown, or there twice. */
function readHead(head: string): ReadonlyMap<string, string> | undefined {
  const headers = new Map<string, string>()
  for (const line of head.split(CRLF)) {
    // A space before the colon, or at the start of a folded line, is in no name.
    const [, received = '', value = ''] = /^([A-Za-z-]+): ?([^\p{Cc}\ufffd]*)$/u.exec(line) ?? []
    const name = received.toLowerCase()
    if (!KNOWN.has(name) || headers.has(name)) return undefined
    headers.set(name, value)
  }
  return headers
}
