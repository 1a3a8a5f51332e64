// A denial to a client of a model endpoint, in the shape its SDK reports. Never 429 or 5xx: SDKs ask again on those.
import type { Call, LlmDialect } from '@bailiwick/core'
import type { DenialToRender, RenderedReply } from './rendered-reply.ts'
import { challengeOf, reply } from './reply.ts'
import { situationOf } from './situation.ts'
import { speak } from './spoken.ts'
import type { Spoken } from './spoken.ts'

export function renderLlm({ denial, call, decisionId, resourceMetadataUrl }: DenialToRender): RenderedReply {
  const spoken = speak(denial, decisionId)
  const situation = situationOf(denial)
  const answer = (status: number, headers: readonly (readonly [string, string])[] = []): RenderedReply =>
    reply(status, decisionId, { error: errorOf(dialectOf(call), status, spoken) }, headers)
  switch (situation.kind) {
    case 'challenge':
      return answer(401, challengeOf(situation, resourceMetadataUrl))
    case 'scope':
      return answer(403, challengeOf(situation, resourceMetadataUrl))
    case 'header_mismatch':
    case 'unreadable':
      return answer(400)
    case 'too_large':
      return answer(413)
    case 'forbidden':
    case 'method_unknown':
    case 'unavailable':
    case 'refused':
      return answer(403)
  }
}

/** An unread call is answered in the shape most clients read. */
function dialectOf(call: Call): LlmDialect {
  return call.kind === 'llm' ? call.dialect : 'openai_chat'
}

function errorOf(dialect: LlmDialect, status: number, spoken: Spoken): { readonly [key: string]: Spoken['data'] | string | null } {
  switch (dialect) {
    case 'openai_chat':
      return { message: spoken.message, type: typeOf(status), param: null, code: spoken.reason, bailiwick: spoken.data }
  }
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error'
  return status === 403 ? 'permission_error' : 'invalid_request_error'
}
