// Which dialect a path speaks, and the model it names. Gateways put prefixes of their own before a provider's path, so the end of
// the path counts, and of all dialects that fit the one with the most segments. No I/O.
import type { LlmDialectReader, LlmPath } from './dialect.ts'
import { checkPath } from '../transport/check-path.ts'
import type { Unreadable } from '../read-outcome.ts'
import { isBedrockArn } from './bedrock/bedrock-model.ts'

export interface MatchedPath {
  readonly reader: LlmDialectReader
  readonly path: LlmPath
}

export type PathMatcher = (pathname: string) => MatchedPath | undefined

/** Behind one of these comes a model, deployment or agent. In a prefix they mean that a dialect was taken for another. */
const MODEL_BEARING = new Set(['azure-openai', 'deployments', 'endpoints', 'engines', 'model', 'models', 'publishers', 'tunedmodels', 'workers-ai'])

const ARN_PATH = /^([^?]*\/model\/)([^/?]+)(\/(?:converse|converse-stream|invoke|invoke-with-response-stream)(?:\?.*)?)$/
const PARAMETER = /^\{(model|publisher)\}(:[A-Za-z]+)?$/

/** As `checkPath`; the one encoded slash that passes is the slash inside a Bedrock ARN, which clients cannot send otherwise. */
export function checkLlmPath(path: string): Unreadable | undefined {
  const [, before = '', segment = '', after = ''] = ARN_PATH.exec(path) ?? []
  const arn = segment.replace(/%3a/gi, ':').replace(/%2f/i, '/')
  return checkPath(segment !== '' && isBedrockArn(arn) ? `${before}arn${after}` : path)
}

/** Throws TypeError for a template it does not understand. */
export function createPathMatcher(readers: readonly LlmDialectReader[]): PathMatcher {
  const templates = readers
    .flatMap((reader) => reader.paths.map((template) => ({ reader, template, segments: template.split('/').slice(1).map(compile) })))
    .sort((one, other) => other.segments.length - one.segments.length)
  return (pathname) => {
    // `/deployments;v=1/` is `/deployments/` to servers that know path parameters.
    if (pathname.includes(';')) return undefined
    const parts = pathname.split('/').slice(1)
    for (const { reader, template, segments } of templates) {
      const values = matchEnd(parts, segments)
      if (values === undefined) continue
      // `/Chat/completions` is another dialect to a server that ignores case, and none to all others.
      if (values === 'other_case') return undefined
      const prefix = parts.slice(0, parts.length - segments.length)
      return prefix.some((part) => MODEL_BEARING.has(part.toLowerCase())) ? undefined : { reader, path: { template, ...values } }
    }
    return undefined
  }
}

type Values = { [K in 'model' | 'publisher']?: string }
type Segment = (part: string) => Values | 'other_case' | undefined

function matchEnd(parts: readonly string[], segments: readonly Segment[]): Values | 'other_case' | undefined {
  const from = parts.length - segments.length
  if (from < 0) return undefined
  const values: Values = {}
  let isExact = true
  for (const [at, segment] of segments.entries()) {
    const found = segment(parts[from + at] ?? '')
    if (found === undefined) return undefined
    if (found === 'other_case') isExact = false
    else Object.assign(values, found)
  }
  return isExact ? values : 'other_case'
}

function compile(segment: string): Segment {
  if (!/[{}]/.test(segment)) return (part) => sameEnd(part, segment, part.length === segment.length ? {} : undefined)
  const [, name, method = ''] = PARAMETER.exec(segment) ?? []
  if (name === undefined) throw new TypeError(`not a path segment: ${segment}`)
  return (part) => {
    const value = decodedOnce(part.slice(0, Math.max(0, part.length - method.length)))
    if (value === undefined) return undefined
    return sameEnd(part, method, name === 'model' ? { model: value } : { publisher: value })
  }
}

function sameEnd(part: string, end: string, found: Values | undefined): Values | 'other_case' | undefined {
  if (found === undefined || part.endsWith(end)) return found
  return part.toLowerCase().endsWith(end.toLowerCase()) ? 'other_case' : undefined
}

/** What is still encoded after that was encoded twice; `isModelSegment` knows no percent sign. */
function decodedOnce(text: string): string | undefined {
  if (text === '') return undefined
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
