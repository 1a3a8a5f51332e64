// Finds Bailiwick's denial in whatever an agent holds after a refused call: a Response, an MCP result, a JSON-RPC error or envelope, a model
// endpoint's error, an OAuth error, problem details, or an error some client library made of one of those.
import { readDenial } from './denial.ts'
import type { BailiwickDenial } from './denial.ts'
import { BailiwickDenied, BailiwickUnavailable } from './errors.ts'
import { readText } from './read-text.ts'
import { isRecord, recordIn, textIn } from './record.ts'
import type { JsonRecord } from './record.ts'

/** Where an MCP result carries it. */
export const DECISION_META = 'dev.bailiwick/decision'

const ERROR_INFO_DOMAIN = 'bailiwick.dev'

/** Denials are shorter than 4 KiB, so that no gateway cuts them. */
const MAX_BYTES = 16 * 1024
const MAX_DEPTH = 4

/**
 * The denial, or undefined where there is none. A Response is read from a copy: the caller can still read it; one whose body was read already has nothing to
 * find. Does NOT prove that Bailiwick wrote it: an upstream can imitate one, so use it to explain and to choose what to try next, never to unlock anything.
 */
export function denialOf(answer: Response): Promise<BailiwickDenial | undefined>
export function denialOf(answer: unknown): BailiwickDenial | undefined
export function denialOf(answer: unknown): BailiwickDenial | undefined | Promise<BailiwickDenial | undefined> {
  return answer instanceof Response ? denialIn(answer) : find(answer, 0)
}

async function denialIn(response: Response): Promise<BailiwickDenial | undefined> {
  const type = response.headers.get('content-type') ?? ''
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) return undefined
  if (Number(response.headers.get('content-length') ?? 0) > MAX_BYTES) return undefined
  try {
    const text = await readText(response.clone(), MAX_BYTES)
    return text === undefined ? undefined : find(parse(text), 0)
  } catch {
    // The connection broke, or the body was read already: there is no answer to read, so there is no denial in it.
    return undefined
  }
}

function find(value: unknown, depth: number): BailiwickDenial | undefined {
  if (depth > MAX_DEPTH || !isRecord(value)) return undefined
  if (value instanceof BailiwickDenied || value instanceof BailiwickUnavailable) return value.denial
  const next = depth + 1
  const meta = value['_meta']
  return (
    (isRecord(meta) ? readDenial(meta[DECISION_META]) : undefined) ??
    readDenial(value['bailiwick']) ??
    inErrorInfo(value) ??
    readDenial(value) ??
    find(value['result'], next) ??
    find(value['error'], next) ??
    find(value['data'], next) ??
    // The official MCP client keeps the body of a refused request as text.
    (typeof value['text'] === 'string' && value['text'].length <= MAX_BYTES ? find(parse(value['text']), next) : undefined) ??
    (value instanceof Error ? find(value.cause, next) : undefined)
  )
}

/** https://google.aip.dev/193: the denial of a Google-shaped model endpoint, whose typed details hold strings only. */
function inErrorInfo(value: JsonRecord): BailiwickDenial | undefined {
  const details: unknown = value['details']
  const info: unknown = Array.isArray(details) ? details.find((entry: unknown) => isRecord(entry) && entry['domain'] === ERROR_INFO_DOMAIN) : undefined
  const metadata = isRecord(info) ? recordIn(info, 'metadata') : undefined
  if (metadata === undefined) return undefined
  const remediation = parse(textIn(metadata, 'remediation') ?? '')
  return readDenial({ ...metadata, message: value['message'], retryable: metadata['retryable'] === 'true', remediation })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
