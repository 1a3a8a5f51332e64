// Every row of the denial table that an MCP client can reach, through the real gateway of the example and the real Bailiwick: what is done, the sentence the
// application must see, and what each client makes of it. No step asks for scopes yet: `scope_missing` is what our renderer makes of it, in the gateway's place.
import { DENIALS, newDecisionId } from '@bailiwick/core'
import { renderDenial } from '../../../../services/enrichment/src/render/render-denial.ts'
import type { DenialToRender } from '../../../../services/enrichment/src/render/render-denial.ts'
import type { ClientKey, Effect } from './answers.ts'
import type { McpSession, Told } from './mcp-client.ts'
import type { Passing } from './meddler.ts'
import type { Stage } from './stage.ts'

export interface DenialCase {
  readonly what: string
  /** `sessions`: only clients that keep one can send it. */
  readonly eras: 'all' | 'sessions'
  /** Does what is denied, and says what the application was told. */
  readonly act: (stage: Stage, session: McpSession) => Promise<Told>
  readonly sentence: string
  /** The gateway's answer to it: what kind of request, and the status. */
  readonly answered: readonly [what: string, status: number]
  /** What a call of the same session sees afterwards: `allow`, or the sentence of a lasting refusal. */
  readonly afterwards: string
  readonly effects: Readonly<Record<ClientKey, Effect>>
}

const CAP = 'tier-1-support refund cap exceeded'
const REVOKED = DENIALS.task_revoked.sentence

const READ: Effect = { told: 'tool_error', reason: 'seen', session: 'lives' }
const ERROR: Effect = { told: 'thrown', reason: 'seen', session: 'lives' }
const QUIET: Effect = { told: 'result', reason: 'lost', session: 'lives' }
const LOST: Effect = { told: 'thrown', reason: 'lost', session: 'lives' }
/** The 1.x Python client ends its session on any HTTP error, and keeps nothing of the body. */
const DIES: Effect = { told: 'thrown', reason: 'lost', session: 'dies' }

const everyone = (effect: Effect): DenialCase['effects'] => ({ typescript1: effect, typescript2: effect, python1: effect, python2: effect })
const httpError: DenialCase['effects'] = { ...everyone(ERROR), python1: DIES }

const isToolCall = ({ rpcMethod }: Passing): boolean => rpcMethod === 'tools/call'
const refund = (session: McpSession, cents: unknown = 4_000, more: object = {}): Promise<Told> =>
  session.call('refund_issue', { ticket_id: 'T-1042', amount_cents: cents, ...more })

/** One tool call, of which one thing is changed on the way. */
const changed =
  (change: (passing: Passing) => void): DenialCase['act'] =>
  async ({ meddler }, session) => {
    meddler.meddle = (passing) => {
      if (isToolCall(passing)) change(passing)
      return false
    }
    const told = await refund(session)
    meddler.meddle = () => false
    return told
  }

/** Of a body that could not be read there is no id to answer, and the 2.x Python client takes an HTTP error for its request's only by the id. */
const withoutId: DenialCase['effects'] = { ...httpError, python2: LOST }

const unreadable = { eras: 'all', sentence: DENIALS.body_unreadable.sentence, afterwards: 'allow', effects: withoutId } as const

export const DENIAL_CASES: readonly DenialCase[] = [
  {
    what: 'a policy deny of a tool call',
    eras: 'all',
    act: (_stage, session) => refund(session, 900_000),
    sentence: CAP,
    answered: ['tools/call', 200],
    afterwards: 'allow',
    effects: everyone(READ),
  },
  {
    what: 'arguments of the wrong type',
    eras: 'all',
    act: (_stage, session) => refund(session, '4000'),
    sentence: DENIALS.arguments_invalid.sentence,
    answered: ['tools/call', 200],
    afterwards: 'allow',
    effects: everyone(READ),
  },
  {
    what: 'a kill, at a tool call',
    eras: 'all',
    act: async (stage, session) => {
      await stage.revoke()
      return await refund(session)
    },
    sentence: REVOKED,
    answered: ['tools/call', 200],
    afterwards: REVOKED,
    effects: everyone(READ),
  },
  {
    what: 'a kill, at another request',
    eras: 'all',
    act: async (stage, session) => {
      await stage.revoke()
      return await session.list()
    },
    sentence: REVOKED,
    answered: ['tools/list', 200],
    afterwards: REVOKED,
    effects: everyone(ERROR),
  },
  {
    what: 'a kill, at a notification',
    eras: 'sessions',
    act: async (stage, session) => {
      await stage.revoke()
      return await session.notify()
    },
    sentence: REVOKED,
    answered: ['notifications/roots/list_changed', 202],
    afterwards: REVOKED,
    effects: everyone(QUIET),
  },
  {
    what: 'a kill, at the answer to something the server asked',
    eras: 'sessions',
    act: async (stage, session) => {
      // Python clients list the tools after the first result, to check it: that is another case.
      await session.list()
      const answered = stage.serverAsks()
      const told = await refund(session)
      await answered
      return told
    },
    sentence: REVOKED,
    answered: ['POST', 202],
    afterwards: REVOKED,
    effects: everyone(QUIET),
  },
  {
    what: 'a method nobody knows',
    eras: 'all',
    act: changed((passing) => {
      passing.body = Buffer.from(passing.body.toString('utf8').replace('"tools/call"', '"tools/calls"'))
      if (passing.headers['mcp-method'] !== undefined) passing.headers = { ...passing.headers, 'mcp-method': 'tools/calls' }
    }),
    sentence: DENIALS.method_unknown.sentence,
    answered: ['tools/call', 200],
    afterwards: 'allow',
    effects: everyone(ERROR),
  },
  {
    what: 'no token',
    eras: 'all',
    act: changed((passing) => {
      const { authorization: _dropped, ...headers } = passing.headers
      passing.headers = headers
    }),
    sentence: DENIALS.token_missing.sentence,
    answered: ['tools/call', 401],
    afterwards: 'allow',
    effects: httpError,
  },
  {
    what: 'a token that is none',
    eras: 'all',
    act: changed((passing) => {
      passing.headers = { ...passing.headers, authorization: 'Bearer x.y.z' }
    }),
    sentence: DENIALS.token_invalid.sentence,
    answered: ['tools/call', 401],
    afterwards: 'allow',
    effects: httpError,
  },
  {
    what: 'a token that has expired',
    eras: 'all',
    act: async (stage, session) => {
      const authorization = `Bearer ${await stage.expiredToken()}`
      return await changed((passing) => {
        passing.headers = { ...passing.headers, authorization }
      })(stage, session)
    },
    sentence: DENIALS.token_expired.sentence,
    answered: ['tools/call', 401],
    afterwards: 'allow',
    effects: httpError,
  },
  {
    what: 'a token without a scope the call needs',
    eras: 'all',
    act: async ({ meddler }, session) => {
      meddler.meddle = ({ rpcMethod = '', rpcId = '' }, response) => {
        if (rpcMethod !== 'tools/call') return false
        const { status, headers, body } = renderDenial(scopeMissing(rpcId))
        meddler.answered.push({ what: rpcMethod, status })
        response.writeHead(status, headers.flat()).end(body)
        return true
      }
      const told = await refund(session)
      meddler.meddle = () => false
      return told
    },
    sentence: DENIALS.scope_missing.sentence,
    answered: ['tools/call', 403],
    afterwards: 'allow',
    // Without an auth provider 2.x names the scope that is missing, and nothing else of the answer.
    effects: { ...httpError, typescript2: LOST },
  },
  {
    what: 'a header that says another method than the body',
    eras: 'all',
    act: changed((passing) => {
      passing.headers = { ...passing.headers, 'mcp-method': 'tools/list' }
    }),
    sentence: DENIALS.header_mismatch.sentence,
    answered: ['tools/call', 400],
    afterwards: 'allow',
    effects: httpError,
  },
  {
    ...unreadable,
    what: 'the same key twice',
    act: changed((passing) => {
      passing.body = Buffer.from(passing.body.toString('utf8').replace('"ticket_id":', '"ticket_id":"T-2001","ticket_id":'))
    }),
    answered: ['tools/call', 400],
  },
  {
    ...unreadable,
    what: 'a batch',
    act: changed((passing) => {
      passing.body = Buffer.from(`[${passing.body.toString('utf8')}]`)
    }),
    answered: ['tools/call', 400],
  },
  {
    ...unreadable,
    what: 'an encoded body',
    act: changed((passing) => {
      passing.headers = { ...passing.headers, 'content-encoding': 'gzip' }
    }),
    answered: ['tools/call', 400],
  },
  {
    ...unreadable,
    what: 'a body that is too large',
    act: (_stage, session) => refund(session, 4_000, { reason: 'x'.repeat(70_000) }),
    answered: ['tools/call', 413],
  },
  {
    what: 'a policy engine that is gone',
    eras: 'all',
    act: async (stage, session) => {
      stage.killPdp()
      const told = await refund(session)
      await stage.pdpIsBack()
      return told
    },
    sentence: DENIALS.policy_unavailable.sentence,
    answered: ['tools/call', 200],
    afterwards: 'allow',
    effects: everyone(ERROR),
  },
  {
    what: 'a store that is gone',
    eras: 'all',
    act: async (stage, session) => {
      const back = await stage.takeStoreAway()
      const told = await refund(session)
      await back()
      return told
    },
    sentence: DENIALS.state_unavailable.sentence,
    answered: ['tools/call', 200],
    afterwards: 'allow',
    effects: everyone(ERROR),
  },
  {
    what: 'a directory whose answer cannot be mapped',
    eras: 'all',
    act: async (stage, session) => {
      const back = await stage.garbleDirectory()
      const told = await refund(session)
      await back()
      return told
    },
    sentence: DENIALS.profile_unavailable.sentence,
    answered: ['tools/call', 200],
    afterwards: 'allow',
    effects: everyone(ERROR),
  },
]

function scopeMissing(requestId: string): DenialToRender {
  return {
    denial: { reason: 'scope_missing', scopes: ['refund'] },
    call: { kind: 'mcp', shape: 'request', method: 'tools/call', name: 'refund_issue', protocolVersion: '2025-11-25', requestId: { lexeme: requestId } },
    decisionId: newDecisionId(0),
    channel: 'grpc',
  }
}
