// `ANY /forward-auth/<dialect>/<resource>/...`: for gateways that ask with an HTTP sub-request (Envoy's HTTP ext_authz, nginx, Caddy, Traefik,
// HAProxy). Who asks is settled before a byte of the body is read. Whatever happens inside, the answer is a decision: never a 5xx.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Channel, Decision, HeaderList, Question } from '@bailiwick/core'
import { readBody } from '@bailiwick/runtime'
import type { BodyBytes, Logger } from '@bailiwick/runtime'
import type { DeadlineFor } from '../decoding.ts'
import { KEY_HEADER, httpChannel } from '../http-channel.ts'
import type { Via } from '../peer-proof.ts'
import { toQuestion } from './decode.ts'
import { BROKEN_DOOR_REPLY, toForwardAuthReply } from './encode.ts'
import type { ForwardAuthReply, Reader } from './encode.ts'
import { isForwardAuthPath, parseForwardAuthPath } from './route.ts'
import type { ForwardAuthRoute } from './route.ts'

export interface ForwardAuthDeps {
  readonly via: Via
  readonly deadlineFor: DeadlineFor
  /** Largest body of a checked request. */
  readonly maxBytes: number
  readonly decide: (question: Question) => Promise<Decision>
  /** Whether the walk will know this caller: strangers get no body read. */
  readonly isKnown: (channel: Channel) => boolean
  readonly log: Pick<Logger, 'error'>
}

const NO_BODY: BodyBytes = { ok: true, bytes: new Uint8Array() }
const NOT_READ: BodyBytes = { ok: false, problem: 'aborted' }

export function forwardAuthDoor(deps: ForwardAuthDeps): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  return (request, response, next) => {
    const url = request.url ?? ''
    if (!isForwardAuthPath(url)) {
      next()
      return
    }
    answer(deps, request, parseForwardAuthPath(url)).then(
      (reply) => send(request, response, reply),
      (thrown: unknown) => {
        deps.log.error({ err: thrown }, 'the forward-auth door failed')
        send(request, response, BROKEN_DOOR_REPLY)
      },
    )
  }
}

/**
 * Envoy's sub-request comes under the client's Host. What it shows of itself is judged alone, right or wrong, so that a page in a browser that
 * resolved its own name to this address gains nothing by asking here.
 */
export function showsItsKey(request: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  return isForwardAuthPath(request.url ?? '') && request.headers[KEY_HEADER] !== undefined
}

async function answer(deps: ForwardAuthDeps, request: IncomingMessage, route: ForwardAuthRoute | undefined): Promise<ForwardAuthReply> {
  const channel = httpChannel(request, 'forward_auth', deps.via)
  const body = deps.isKnown(channel) ? await bodyOf(request, deps.maxBytes) : NOT_READ
  // Counted from here: how fast a body is uploaded is not ours to answer for.
  const deadline = deps.deadlineFor(body.ok ? body.bytes.length : 0)
  const sub = { method: request.method ?? '', headers: headersOf(request), body }
  const question = toQuestion(route, sub, channel, deadline)
  const headers = question.call.form === 'http' ? question.call.headers : []
  return toForwardAuthReply(await deps.decide(question), headers, readerOf(route, sub.method))
}

async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<BodyBytes> {
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  // A coding without a body is the client's word about one that was kept back.
  return (length === undefined || length === '0') && coding === undefined ? NO_BODY : await readBody(request, maxBytes)
}

/** Wire order, repeats kept: Node's own joined view would hide a second value. */
function headersOf({ rawHeaders }: IncomingMessage): HeaderList {
  const list: [string, string][] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) list.push([(rawHeaders[at] ?? '').toLowerCase(), rawHeaders[at + 1] ?? ''])
  return list
}

/** `auth_request` asks with GET, the Lua file beside it with POST. */
function readerOf(route: ForwardAuthRoute | undefined, method: string): Reader {
  const dialect = route?.dialect ?? 'nginx'
  return { dialect, statusOnly: dialect === 'nginx' && method !== 'POST' }
}

function send(request: IncomingMessage, response: ServerResponse, { status, headers, body }: ForwardAuthReply): void {
  if (response.headersSent) return
  for (const [name, value] of headers) response.setHeader(name, value)
  // The rest of a body that was not read must not be taken for the next request.
  if (!request.complete) response.setHeader('connection', 'close')
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
