// What LiteLLM's guardrail API asks, as a Question: the model and the tools of a request it has read. Its document carries much more, of the
// conversation and of the caller's own choosing; none of that is looked at. Nothing is judged.
import type { AskedQuestion, JsonObject, JsonValue } from '@bailiwick/core'
import { isJsonArray, isJsonObject, parseStrictJson, reserveKeys } from '@bailiwick/json'

export interface Asked {
  readonly question: AskedQuestion
  /** As LiteLLM sent them: what is kept goes back unchanged. */
  readonly tools: readonly JsonValue[]
}

const TOKEN_HEADER = 'x-bailiwick-token'
/** What LiteLLM writes for a header whose value it was not told to pass on (`extra_headers`). */
const WITHHELD = '[present]'
const REQUEST_KEYS = reserveKeys(['input_type', 'model', 'tools', 'request_headers'])
/** Messages are nested as deep as callers nest them. */
const MAX_DEPTH = 128

/** An unreadable document is a question about nothing: the walk refuses it, and there is a record of it. */
export function toQuestion(bytes: Uint8Array, maxBytes: number): Asked {
  const parsed = parseStrictJson(bytes, { maxBytes, maxDepth: MAX_DEPTH, reservedKeys: REQUEST_KEYS })
  const asked = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const { tools, model } = asked
  return {
    tools: isJsonArray(tools) ? tools : [],
    question: {
      resourceHint: { from: 'fixed' },
      credential: credentialOf(asked['request_headers']),
      // What a model answers is no call: asked about that, nothing is allowed.
      call: { form: 'llm', ...(asked['input_type'] === 'request' && model !== undefined ? { model } : {}), ...(tools === undefined ? {} : { tools }) },
      canDropTools: true,
    },
  }
}

/** Names are compared without case: HTTP has none there, and LiteLLM passes on what it got. */
function credentialOf(headers: JsonValue | undefined): AskedQuestion['credential'] {
  if (!isJsonObject(headers)) return {}
  const values = valuesOf(headers)
  const [token] = values
  if (token === undefined || token === '' || token === WITHHELD) return {}
  if (values.length > 1) return { problem: 'repeated' }
  return typeof token === 'string' ? { token } : { problem: 'not_bearer' }
}

function valuesOf(headers: JsonObject): readonly JsonValue[] {
  return Object.entries(headers).flatMap(([name, value]) => (name.toLowerCase() === TOKEN_HEADER ? [value] : []))
}
