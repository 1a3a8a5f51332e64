// `POST /beta/litellm_basic_guardrail_api`: LiteLLM's generic guardrail API, for model calls. Who asks is settled before a byte of the body
// is read. Whatever happens inside, the answer is 200 with an action.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Channel, Decision, JsonObject, Question } from '@bailiwick/core'
import { readBody } from '@bailiwick/runtime'
import type { Logger } from '@bailiwick/runtime'
import { undecoded } from '../decoding.ts'
import type { DeadlineFor, Decode } from '../decoding.ts'
import { httpChannel } from '../http-channel.ts'
import type { Via } from '../peer-proof.ts'
import type { Asked } from './decode.ts'
import { BROKEN, toGuardrailAnswer } from './encode.ts'

export interface LitellmDeps {
  readonly via: Via
  readonly deadlineFor: DeadlineFor
  /** Largest request document. */
  readonly maxBytes: number
  readonly decode: Decode<Asked>
  readonly decide: (question: Question) => Promise<Decision>
  /** Whether the walk will know this caller: strangers get no body read. */
  readonly isKnown: (channel: Channel) => boolean
  readonly log: Pick<Logger, 'error'>
}

const PATH = '/beta/litellm_basic_guardrail_api'
const KEY_HEADER = 'x-api-key'
const NOTHING = new Uint8Array()

export function litellmDoor(deps: LitellmDeps): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    if ((request.url ?? '').split('?', 1)[0] !== PATH) {
      next()
      return
    }
    answer(deps, request).then(
      (body) => send(response, body),
      (thrown: unknown) => {
        deps.log.error({ err: thrown }, 'the litellm door failed')
        send(response, BROKEN)
      },
    )
  }
}

async function answer(deps: LitellmDeps, request: IncomingMessage): Promise<JsonObject> {
  const channel = httpChannel(request, 'litellm', deps.via, KEY_HEADER)
  const body = request.method === 'POST' && deps.isKnown(channel) ? await readBody(request, deps.maxBytes) : undefined
  // Counted from here: how fast a document is uploaded is not ours to answer for.
  const bytes = body?.ok === true ? body.bytes : NOTHING
  const deadline = deps.deadlineFor(bytes.length)
  const decoded = await deps.decode(bytes, deps.maxBytes, deadline)
  const { question, tools } = decoded.ok ? decoded.value : { question: undecoded(decoded.denial), tools: [] }
  return toGuardrailAnswer(await deps.decide({ ...question, channel, deadline }), tools)
}

function send(response: ServerResponse, body: JsonObject): void {
  if (response.headersSent) return
  // The rest of a body that was not read must not be taken for the next request.
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store', ...(response.req.complete ? {} : { connection: 'close' }) })
  response.end(JSON.stringify(body))
}
