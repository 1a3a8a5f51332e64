// What a gateway could answer to a client it refuses, each with what the official clients were seen to make of it. The renderer
// (services/enrichment/src/render/mcp.ts) rests on these: a line that stops being true is a reason to look at it again.
import type { Answer, Asked, Script } from './scripted-server.ts'

export type ClientKey = 'typescript1' | 'typescript2' | 'python1' | 'python2'

/** Whether the reason reached the application, and whether the session goes on: the next call of the same session is answered. */
export interface Effect {
  readonly told: 'result' | 'tool_error' | 'thrown' | 'nothing' | 'dead'
  readonly reason: 'seen' | 'lost'
  readonly session: 'lives' | 'dies'
}

export interface AnswerCase {
  readonly what: string
  /** Which request of the client is answered so. */
  readonly to: 'tools/call' | 'notification' | 'GET'
  readonly answer: (asked: Asked) => Answer
  readonly effects: Readonly<Record<ClientKey, Effect>>
}

export const REASON = 'refund cap exceeded, ask for approval'

const READ: Effect = { told: 'tool_error', reason: 'seen', session: 'lives' }
const ERROR: Effect = { told: 'thrown', reason: 'seen', session: 'lives' }
const LOST: Effect = { told: 'thrown', reason: 'lost', session: 'lives' }
const DIES: Effect = { told: 'thrown', reason: 'lost', session: 'dies' }
/** Sending tells nothing; the next call finds the session gone. */
const DIES_LATER: Effect = { told: 'result', reason: 'lost', session: 'dies' }
const SILENT: Effect = { told: 'nothing', reason: 'lost', session: 'lives' }
const FINE: Effect = { told: 'result', reason: 'lost', session: 'lives' }

const everyone = (effect: Effect): AnswerCase['effects'] => ({ typescript1: effect, typescript2: effect, python1: effect, python2: effect })
const envelope = (id: string | undefined, member: string): string => `{"jsonrpc":"2.0",${id === undefined ? '' : `"id":${id},`}${member}}`
const error = JSON.stringify({ code: -32001, message: REASON, data: { type: 'authorization_denied', reason: REASON } })
const refusal = { content: [{ type: 'text', text: REASON }], isError: true }
const result = (more: object = {}): string => `"result":${JSON.stringify({ ...refusal, resultType: 'complete', ...more })}`

export const ANSWERS: readonly AnswerCase[] = [
  {
    what: '200 result with isError',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 200, body: envelope(id, result()) }),
    effects: everyone(READ),
  },
  {
    what: '200 result with isError and _meta',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 200, body: envelope(id, result({ content: [], _meta: { 'dev.bailiwick/decision': { reason: REASON } } })) }),
    effects: everyone(READ),
  },
  {
    what: '200 JSON-RPC error',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 200, body: envelope(id, `"error":${error}`) }),
    effects: everyone(ERROR),
  },
  {
    what: '403 text',
    to: 'tools/call',
    answer: () => ({ status: 403, headers: { 'content-type': 'text/plain' }, body: REASON }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES, python2: LOST },
  },
  {
    what: '403 JSON-RPC error',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 403, body: envelope(id, `"error":${error}`) }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES, python2: ERROR },
  },
  {
    what: '403 JSON-RPC result with isError',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 403, body: envelope(id, result()) }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES, python2: LOST },
  },
  {
    what: '403 insufficient_scope',
    to: 'tools/call',
    answer: ({ id }) => ({
      status: 403,
      headers: { 'www-authenticate': 'Bearer error="insufficient_scope", scope="refund"' },
      body: envelope(id, `"error":${error}`),
    }),
    // Without an auth provider 2.x names the scope that is missing, and nothing else of the answer.
    effects: { typescript1: ERROR, typescript2: LOST, python1: DIES, python2: ERROR },
  },
  {
    what: '401',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 401, headers: { 'www-authenticate': 'Bearer error="invalid_token"' }, body: envelope(id, `"error":${error}`) }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES, python2: ERROR },
  },
  {
    what: '400 JSON-RPC error',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 400, body: envelope(id, `"error":${error}`) }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES, python2: ERROR },
  },
  {
    what: '200 JSON-RPC error with id null',
    to: 'tools/call',
    answer: () => ({ status: 200, body: envelope('null', `"error":${error}`) }),
    effects: { typescript1: LOST, typescript2: LOST, python1: SILENT, python2: SILENT },
  },
  {
    what: '503',
    to: 'tools/call',
    answer: () => ({ status: 503, headers: { 'content-type': 'text/plain' }, body: REASON }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES, python2: LOST },
  },
  {
    what: 'isError beside structuredContent where the tool has an output schema',
    to: 'tools/call',
    answer: ({ id }) => ({ status: 200, body: envelope(id, result({ structuredContent: { reason: REASON } })) }),
    effects: { typescript1: LOST, typescript2: READ, python1: READ, python2: READ },
  },
  { what: '202 to a notification', to: 'notification', answer: () => ({ status: 202 }), effects: everyone(FINE) },
  {
    what: '400 to a notification',
    to: 'notification',
    answer: () => ({ status: 400, body: envelope(undefined, `"error":${error}`) }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES_LATER, python2: FINE },
  },
  {
    what: '403 to a notification',
    to: 'notification',
    answer: () => ({ status: 403, body: envelope(undefined, `"error":${error}`) }),
    effects: { typescript1: ERROR, typescript2: ERROR, python1: DIES_LATER, python2: FINE },
  },
  ...[401, 403, 405].map((status): AnswerCase => ({
    what: `${status} to the GET of the event stream`,
    to: 'GET',
    answer: () => ({ status, body: envelope(undefined, `"error":${error}`) }),
    effects: everyone(FINE),
  })),
]

/** The script of one case. `initialized` is answered by the SDK: what is shown is a notification in the middle of a session. */
export function scriptOf({ to, answer }: AnswerCase): Script {
  return (asked) => {
    switch (to) {
      case 'tools/call':
        return asked.method === 'tools/call' && asked.tool === 'refused' ? answer(asked) : undefined
      case 'notification':
        return asked.method === 'notifications/roots/list_changed' ? answer(asked) : undefined
      case 'GET':
        return asked.httpMethod === 'GET' ? answer(asked) : undefined
    }
  }
}
