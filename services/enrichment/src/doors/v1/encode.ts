// A Decision, or an enriched request, as the JSON of `/v1`. A deny is 200 with `effect: deny`: the caller judges the member, not the
// status. Only a gateway that is not authenticated gets a 401. Decides nothing.
import { isRetryable, publicSentence } from '@bailiwick/core'
import type { Decision, Denial, JsonObject, JsonValue, Resource } from '@bailiwick/core'
import { renderDenial } from '../../render/render-denial.ts'
import type { Enrichment } from '../../decide/decide.ts'
import { pickPaths } from './pick-paths.ts'

export interface V1Reply {
  readonly status: number
  readonly body: JsonObject
}

export function toDecideReply(decision: Decision): V1Reply {
  const { denial, effect, allowedTools } = decision
  if (effect === 'deny') return toDenyReply(decision, denial ?? { reason: 'state_unavailable' })
  // Let through in shadow mode: what enforcing would have said comes along, as information.
  const shadow = denial === undefined ? {} : { shadow: true, ...spoken(denial) }
  return {
    status: 200,
    body: {
      decision_id: decision.id,
      effect: 'allow',
      ...shadow,
      ...(allowedTools === undefined ? {} : { allowed_tools: allowedTools }),
      ...keptOf(decision),
      ...taskOf(decision),
    },
  }
}

/** `attributes`: the dotted paths below the principal's attributes that may leave for this resource. */
export function toEnrichReply(enrichment: Enrichment, resource: Pick<Resource, 'enrichAttributes'> | undefined, nowMs: number): V1Reply {
  const { decision, request } = enrichment
  if (decision.effect !== 'allow') return toDenyReply(decision, decision.denial ?? { reason: 'state_unavailable' })
  const [item] = request?.items ?? []
  return {
    status: 200,
    body: {
      decision_id: decision.id,
      // Null for a call that asks no policy: its task is alive, and there is nothing to ask.
      request:
        request === undefined || item === undefined
          ? null
          : {
              principal: {
                id: request.principal.id,
                roles: request.principal.roles,
                attr: pickPaths(request.principal.attr, resource?.enrichAttributes ?? []),
              },
              resource: { kind: item.resource.kind, id: item.resource.id, attr: item.resource.attr },
              actions: item.actions,
            },
      checked_at: new Date(nowMs).toISOString(),
    },
  }
}

export function toMalformedReply(problem: string): V1Reply {
  return { status: 400, body: { reason: 'request_malformed', message: publicSentence({ reason: 'request_malformed' }), problem } }
}

function toDenyReply(decision: Decision, denial: Denial): V1Reply {
  const { id, call, resourceMetadataUrl } = decision
  if (denial.reason === 'gateway_unauthenticated') return { status: 401, body: { decision_id: id, effect: 'deny', ...spoken(denial) } }
  // Relayed to the agent as it is, like the answer of a gRPC door: a caller here judges `effect`, not this status.
  const reply = renderDenial({ denial, call, decisionId: id, channel: 'grpc', ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }) })
  const headers: readonly JsonValue[] = reply.headers.map(([name, value]) => [name, value])
  return {
    status: 200,
    body: { decision_id: id, effect: 'deny', ...spoken(denial), ...taskOf(decision), reply: { status: reply.status, headers, body: reply.body } },
  }
}

function spoken(denial: Denial): JsonObject {
  return {
    reason: denial.reason,
    message: publicSentence(denial),
    ...('remediation' in denial && denial.remediation !== undefined ? { remediation: denial.remediation } : {}),
    retryable: isRetryable(denial),
  }
}

/** What of a list's answer, or of the tools of a model call, is to go on, and what is to be left out of it. */
function keptOf({ kept, call }: Decision): JsonObject {
  if (kept === undefined || call.kind === 'unread') return {}
  const named = call.kind === 'llm' ? call.tools : (call.listed ?? [])
  return { kept, dropped: named.filter((name) => !kept.includes(name)) }
}

function taskOf({ taskId, revision }: Decision): JsonObject {
  if (taskId === undefined) return {}
  return { task: { id: taskId, ...(revision === undefined ? {} : { revision: [revision.epoch, revision.revision] }) } }
}
