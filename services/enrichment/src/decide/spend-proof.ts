// The proof of a call, spent: after the durable record and before the last check of the task, once for all nodes. What nobody can confirm is denied and
// stays spent. Where two doors judge one call, the resource names the one that spends, and of two gateways it is the one behind; the other has verified the
// proof like any door.
import type { Call, Channel, Denial, Question, Resource } from '@bailiwick/core'
import type { GatewayConfig } from '@bailiwick/config'
import type { TaskStore } from '@bailiwick/task-state'
import { isAnswer } from './verify-possession.ts'
import type { Possessed } from './verify-possession.ts'

interface Judged {
  readonly question: Pick<Question, 'channel' | 'call'>
  readonly gateway?: Pick<GatewayConfig, 'authentication' | 'followedBy'>
  readonly resource?: Pick<Resource, 'mode' | 'finalDoor'>
  readonly possessed?: Possessed
  readonly call: Call
}

/** Undefined where there is nothing to spend here, and where this call was the first to spend it. Throws what the store throws. */
export async function spendProof(
  { store }: { readonly store: Pick<TaskStore, 'consumeOnce'> },
  judged: Judged,
  nowSeconds: number,
): Promise<Denial | undefined> {
  const spend = judged.possessed?.spend
  if (spend === undefined || !spendsHere(judged)) return undefined
  const first = await store.consumeOnce(spend.key, spend.untilSeconds, nowSeconds, spend.issuedAtSeconds)
  return first ? undefined : { reason: 'proof_invalid', proof: 'dpop', detail: 'replayed' }
}

function spendsHere({ question, gateway, resource, call }: Judged): boolean {
  // Neither shadow mode nor a development gateway uses anything up. An answer belongs to a call that has spent.
  if (resource?.mode === 'shadow' || gateway?.authentication.method === 'loopback' || isAnswer(question.call)) return false
  if (gateway?.followedBy !== undefined) return false
  const final = resource?.finalDoor
  const door = doorOf(question.channel)
  if (final === undefined || final === door) return true
  // Which messages are put to the other door is agentgateway's to choose; what never gets there is spent where it is seen.
  return final === 'ext_mcp' && door === 'ext_authz' && !reachesExtMcp(call)
}

function doorOf({ door }: Channel): string {
  return door === 'decide' || door === 'enrich' ? 'v1' : door
}

const ASKED_AT_EXT_MCP: ReadonlySet<string> = new Set([
  'initialize',
  'logging/setLevel',
  'ping',
  'prompts/get',
  'prompts/list',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'server/discover',
  'subscriptions/listen',
  'tools/call',
  'tools/list',
])

function reachesExtMcp(call: Call): boolean {
  return call.kind === 'mcp' && call.shape === 'request' && ASKED_AT_EXT_MCP.has(call.method)
}
