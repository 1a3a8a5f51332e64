// Cerbos's API over HTTP: `POST /api/check/resources` and `/api/plan/resources`. Who asks is settled before a byte of the body is read. Never a 5xx:
// what fails inside denies.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { toJson } from '@bufbuild/protobuf'
import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { readBody } from '@bailiwick/runtime'
import type { Logger } from '@bailiwick/runtime'
import type { Channel, Deadline } from '@bailiwick/core'
import { CheckResourcesResponseSchema, PlanResourcesResponseSchema } from '@bailiwick/wire'
import type { Decode } from '../decoding.ts'
import { httpChannel } from '../http-channel.ts'
import { checkResources } from './check.ts'
import type { Answered } from './check.ts'
import type { Asked } from './decode.ts'
import type { AskedPlan } from './decode-plan.ts'
import { planResources } from './plan.ts'
import type { PlanDeps } from './plan.ts'

export interface CerbosHttpDeps extends PlanDeps {
  /** Largest request document. */
  readonly maxBytes: number
  readonly decode: { readonly check: Decode<Asked>; readonly plan: Decode<AskedPlan> }
  readonly log: Pick<Logger, 'error'>
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

const NOTHING = new Uint8Array()
/** google.rpc.Code, as Cerbos repeats it in the body. */
const INVALID_ARGUMENT = 3
const UNAUTHENTICATED = 16

export function cerbosDoor(deps: CerbosHttpDeps): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    const act = ACTS.get((request.url ?? '').split('?', 1)[0] ?? '')
    if (act === undefined) {
      next()
      return
    }
    answer(deps, request, act).then(
      (reply) => send(request, response, reply),
      (thrown: unknown) => {
        deps.log.error({ err: thrown }, 'the cerbos door failed')
        send(request, response, malformed('the decision could not be made'))
      },
    )
  }
}

type Act = (deps: CerbosHttpDeps, channel: Channel, deadline: Deadline, bytes: Uint8Array) => Promise<Reply>

const ACTS: ReadonlyMap<string, Act> = new Map<string, Act>([
  [
    '/api/check/resources',
    async (deps, channel, deadline, bytes) =>
      toReply(CheckResourcesResponseSchema, await checkResources(deps, channel, deadline, () => deps.decode.check(bytes, deps.maxBytes, deadline))),
  ],
  [
    '/api/plan/resources',
    async (deps, channel, deadline, bytes) =>
      toReply(PlanResourcesResponseSchema, await planResources(deps, channel, deadline, () => deps.decode.plan(bytes, deps.maxBytes, deadline))),
  ],
])

async function answer(deps: CerbosHttpDeps, request: IncomingMessage, act: Act): Promise<Reply> {
  if (request.method !== 'POST') return { status: 405, body: { code: INVALID_ARGUMENT, message: 'POST only' } }
  const channel = httpChannel(request, 'cerbos', deps.via)
  const body = deps.isKnown(channel) ? await readBody(request, deps.maxBytes) : undefined
  if (body?.ok === false) return { ...malformed(`body: ${body.problem}`), status: body.problem === 'too_large' ? 413 : 400 }
  const bytes = body?.bytes ?? NOTHING
  return await act(deps, channel, deps.deadlineFor(bytes.length), bytes)
}

function toReply<Desc extends DescMessage>(schema: Desc, answered: Answered<MessageShape<Desc>>): Reply {
  if (answered.ok) return { status: 200, body: toJson(schema, answered.response) }
  return answered.problem === 'malformed' ? malformed(answered.message) : { status: 401, body: { code: UNAUTHENTICATED, message: answered.message } }
}

function malformed(message: string): Reply {
  return { status: 400, body: { code: INVALID_ARGUMENT, message } }
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: Reply): void {
  if (response.headersSent) return
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    ...(status === 405 ? { allow: 'POST' } : {}),
    // The rest of a body that was not read must not be taken for the next request.
    ...(request.complete ? {} : { connection: 'close' }),
  })
  response.end(JSON.stringify(body))
}
