// `POST /v1/decide` and `POST /v1/enrich`: for gateways that ask over HTTP with JSON. Who asks is settled before a byte of the body is
// read. Never a 5xx: what fails inside is a deny.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AskedQuestion, Channel, Clock, Decision, Question, Resource } from '@bailiwick/core'
import { readBody } from '@bailiwick/runtime'
import type { Logger } from '@bailiwick/runtime'
import type { Enrichment } from '../../decide/decide.ts'
import { undecoded } from '../decoding.ts'
import type { DeadlineFor, Decode } from '../decoding.ts'
import { httpChannel } from '../http-channel.ts'
import type { Via } from '../peer-proof.ts'
import type { Decoded } from './decode.ts'
import { toDecideReply, toEnrichReply, toMalformedReply } from './encode.ts'
import type { V1Reply } from './encode.ts'

export interface V1Deps {
  readonly via: Via
  readonly clock: Clock
  readonly deadlineFor: DeadlineFor
  /** Largest request document. */
  readonly maxBytes: number
  readonly decode: Decode<Decoded>
  readonly decide: (question: Question) => Promise<Decision>
  readonly enrich: (question: Question) => Promise<Enrichment>
  /** Whether the walk will know this caller: strangers get no body read. */
  readonly isKnown: (channel: Channel) => boolean
  readonly resourceOf: (decision: Decision) => Resource | undefined
  readonly log: Pick<Logger, 'error'>
}

const DOORS: ReadonlyMap<string, 'decide' | 'enrich'> = new Map([
  ['/v1/decide', 'decide'],
  ['/v1/enrich', 'enrich'],
])
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i
/** Nothing of the request but who did not prove to be a gateway: the walk refuses and counts it. */
const STRANGERS: AskedQuestion = {
  resourceHint: { from: 'request' },
  credential: {},
  call: { form: 'http', method: '', path: '', headers: [], body: 'absent' },
}
const UNAVAILABLE: V1Reply = { status: 200, body: { effect: 'deny', reason: 'state_unavailable', message: 'The decision could not be made.', retryable: true } }

export function v1Door(deps: V1Deps): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    const door = DOORS.get((request.url ?? '').split('?', 1)[0] ?? '')
    if (door === undefined) {
      next()
      return
    }
    answer(deps, door, request).then(
      (reply) => send(response, reply),
      (thrown: unknown) => {
        deps.log.error({ err: thrown }, 'the /v1 door failed')
        send(response, UNAVAILABLE)
      },
    )
  }
}

async function answer(deps: V1Deps, door: 'decide' | 'enrich', request: IncomingMessage): Promise<V1Reply> {
  if (request.method !== 'POST') return { status: 405, body: { reason: 'request_malformed', problem: 'POST only' } }
  const channel = httpChannel(request, door, deps.via)
  if (!deps.isKnown(channel)) return decideOrEnrich(deps, { ...STRANGERS, channel, deadline: deps.deadlineFor(0) })
  if (!JSON_TYPE.test(request.headers['content-type'] ?? '')) return { ...toMalformedReply('content-type: application/json'), status: 415 }
  const body = await readBody(request, deps.maxBytes)
  if (!body.ok) return { ...toMalformedReply(`body: ${body.problem}`), status: body.problem === 'too_large' ? 413 : 400 }
  // Counted from here: how fast a document is uploaded is not ours to answer for.
  const deadline = deps.deadlineFor(body.bytes.length)
  const decoded = await deps.decode(body.bytes, deps.maxBytes, deadline)
  if (!decoded.ok) return decideOrEnrich(deps, { ...undecoded(decoded.denial), channel, deadline })
  return decoded.value.ok ? decideOrEnrich(deps, { ...decoded.value.question, channel, deadline }) : toMalformedReply(decoded.value.problem)
}

async function decideOrEnrich(deps: V1Deps, question: Question): Promise<V1Reply> {
  if (question.channel.door !== 'enrich') return toDecideReply(await deps.decide(question))
  const enrichment = await deps.enrich(question)
  return toEnrichReply(enrichment, deps.resourceOf(enrichment.decision), deps.clock.nowMs())
}

function send(response: ServerResponse, { status, body }: V1Reply): void {
  if (response.headersSent) return
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'POST' } : {}),
    // The rest of a body that was not read must not be taken for the next request.
    ...(status === 200 ? {} : { connection: 'close' }),
  })
  response.end(JSON.stringify(body))
}
