// A denial where the protocol behind the gateway is not known: problem details (RFC 9457) as plain JSON.
import type { DenialToRender, RenderedReply } from './rendered-reply.ts'
import { challengeOf, reply } from './reply.ts'
import { situationOf } from './situation.ts'
import { speak } from './spoken.ts'

export function renderHttp({ denial, decisionId, resourceMetadataUrl }: DenialToRender): RenderedReply {
  const { data, message } = speak(denial, decisionId)
  const situation = situationOf(denial)
  const answer = (status: number, title: string, headers: readonly (readonly [string, string])[] = []): RenderedReply =>
    reply(status, decisionId, { type: 'about:blank', title, status, detail: message, ...data }, headers)
  switch (situation.kind) {
    case 'challenge':
      return answer(401, 'Unauthorized', challengeOf(situation, resourceMetadataUrl))
    case 'scope':
      return answer(403, 'Forbidden', challengeOf(situation, resourceMetadataUrl))
    case 'header_mismatch':
    case 'unreadable':
      return answer(400, 'Bad Request')
    case 'too_large':
      return answer(413, 'Content Too Large')
    case 'forbidden':
    case 'method_unknown':
    case 'unavailable':
    case 'refused':
      return answer(403, 'Forbidden')
  }
}
