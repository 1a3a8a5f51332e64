// AuthZEN 1.0: `POST /access/v1/evaluation`, `/access/v1/evaluations` and the metadata. Who asks is settled before a byte of the body is read.
// A deny is 200 with `decision: false`; a caller that judges the status asks with `?enforce=status` and gets a 403. Never a 5xx.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { publicSentence } from '@bailiwick/core'
import type { AskedQuestion, Channel, Deadline, Decision, JsonObject, Question } from '@bailiwick/core'
import { readBody } from '@bailiwick/runtime'
import type { Logger } from '@bailiwick/runtime'
import { toVerdict } from '../asked-verdict.ts'
import type { AskedVerdict } from '../asked-verdict.ts'
import { undecoded } from '../decoding.ts'
import type { DeadlineFor, Decode } from '../decoding.ts'
import { httpChannel } from '../http-channel.ts'
import type { Via } from '../peer-proof.ts'
import type { Asked, Evaluation, Semantic } from './decode.ts'

export interface AuthzenDeps {
  readonly via: Via
  readonly deadlineFor: DeadlineFor
  /** Largest request document. */
  readonly maxBytes: number
  readonly decode: { readonly evaluation: Decode<Asked>; readonly evaluations: Decode<Asked> }
  readonly decide: (question: Question) => Promise<Decision>
  /** Whether the walk will know this caller: strangers get no body read. */
  readonly isKnown: (channel: Channel) => boolean
  readonly log: Pick<Logger, 'error'>
}

interface Reply {
  readonly status: number
  readonly body: JsonObject
}

const EVALUATION = '/access/v1/evaluation'
const EVALUATIONS = '/access/v1/evaluations'
const METADATA = '/.well-known/authzen-configuration'
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/
const STATE = { reason: 'state_unavailable' } as const
/** Nothing of the request but who did not prove to be a gateway: the walk refuses and counts it. */
const STRANGERS: AskedQuestion = { resourceHint: { from: 'request' }, credential: {}, call: { form: 'coaz', kind: '', id: '', action: '', attr: {} } }
const UNAVAILABLE: JsonObject = { decision: false, context: { effect: 'deny', ...STATE, message: publicSentence(STATE), retryable: true } }

export function authzenDoor(deps: AuthzenDeps): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2)
    if (path === METADATA) send(request, response, { status: 200, body: metadataOf(request) })
    else if (path !== EVALUATION && path !== EVALUATIONS) next()
    else {
      const enforced = new URLSearchParams(query).get('enforce') === 'status'
      answer(deps, request, path === EVALUATION ? deps.decode.evaluation : deps.decode.evaluations, enforced).then(
        (reply) => send(request, response, reply),
        (thrown: unknown) => {
          deps.log.error({ err: thrown }, 'the authzen door failed')
          send(request, response, { status: enforced ? 403 : 200, body: UNAVAILABLE })
        },
      )
    }
  }
}

async function answer(deps: AuthzenDeps, request: IncomingMessage, decode: Decode<Asked>, enforced: boolean): Promise<Reply> {
  if (request.method !== 'POST') return { status: 405, body: { error: 'POST only' } }
  const channel = httpChannel(request, 'authzen', deps.via)
  if (!deps.isKnown(channel)) {
    const verdict = toVerdict(await deps.decide({ ...STRANGERS, channel, deadline: deps.deadlineFor(0) }), '')
    return { status: 401, body: toBody(verdict) }
  }
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return { status: 415, body: { error: 'content-type: application/json' } }
  const body = await readBody(request, deps.maxBytes)
  if (!body.ok) return { status: body.problem === 'too_large' ? 413 : 400, body: { error: `body: ${body.problem}` } }
  // Counted from here: how fast a document is uploaded is not ours to answer for.
  const deadline = deps.deadlineFor(body.bytes.length)
  const decoded = await decode(body.bytes, deps.maxBytes, deadline)
  if (!decoded.ok) {
    const verdict = toVerdict(await deps.decide({ ...undecoded(decoded.denial), channel, deadline }), '')
    return { status: enforced ? 403 : 200, body: toBody(verdict) }
  }
  const asked = decoded.value
  if (!asked.ok) return { status: 400, body: { error: asked.problem } }
  const verdicts = await evaluate(deps, channel, asked, deadline)
  const status = enforced && verdicts.some(({ isAllowed }) => !isAllowed) ? 403 : 200
  const [verdict] = verdicts
  return { status, body: asked.kind === 'many' || verdict === undefined ? { evaluations: verdicts.map(toBody) } : toBody(verdict) }
}

/** What is asked one after the other has time for each. */
async function evaluate(deps: AuthzenDeps, channel: Channel, asked: Extract<Asked, { ok: true }>, shared: Deadline): Promise<readonly AskedVerdict[]> {
  const ask = async ({ id, question }: Evaluation, deadline: Deadline): Promise<AskedVerdict> =>
    toVerdict(await deps.decide({ ...question, channel, deadline }), id)
  if (asked.kind === 'one') return [await ask(asked.evaluation, shared)]
  if (asked.semantic === 'execute_all') return await Promise.all(asked.evaluations.map((evaluation) => ask(evaluation, shared)))
  const verdicts: AskedVerdict[] = []
  for (const evaluation of asked.evaluations) {
    const verdict = await ask(evaluation, deps.deadlineFor(0))
    verdicts.push(verdict)
    if (verdict.isAllowed === endsOn(asked.semantic)) break
  }
  return verdicts
}

function endsOn(semantic: Exclude<Semantic, 'execute_all'>): boolean {
  return semantic === 'permit_on_first_permit'
}

function toBody({ isAllowed, said }: AskedVerdict): JsonObject {
  return { decision: isAllowed, context: said }
}

/** Section 9: for the address the caller itself used. The listener has checked the Host against its list. */
function metadataOf(request: IncomingMessage): JsonObject {
  const base = `${'encrypted' in request.socket ? 'https' : 'http'}://${request.headers.host ?? ''}`
  return { policy_decision_point: base, access_evaluation_endpoint: `${base}${EVALUATION}`, access_evaluations_endpoint: `${base}${EVALUATIONS}` }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
  if (response.headersSent) return
  const id = request.headers['x-request-id']
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(typeof id === 'string' && REQUEST_ID.test(id) ? { 'x-request-id': id } : {}),
    ...(status === 405 ? { allow: 'POST' } : {}),
    // The rest of a body that was not read must not be taken for the next request.
    ...(request.complete || request.method === 'GET' ? {} : { connection: 'close' }),
  })
  response.end(JSON.stringify(body))
}
