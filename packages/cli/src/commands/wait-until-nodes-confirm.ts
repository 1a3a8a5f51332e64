// Shows the nodes one by one as they are seen to have read the store at a revocation that is confirmed already. Evidence, not the promise: a node that is not
// seen here denies all the same, because it asks the store.
import { setTimeout as delay } from 'node:timers/promises'
import type { JsonObject } from '@bailiwick/core'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { Endpoint } from '../http/endpoint.ts'
import { at, isObject, listOf, pick, textAt } from '../http/json.ts'

const POLL_MS = 500

/** `body`: the answer the nodes were first listed in. Returns the last one; throws when not all of them were seen in time. */
export async function waitUntilNodesConfirm(context: Context, control: Endpoint, body: JsonObject, timeoutSeconds: number): Promise<JsonObject> {
  const { clock, terminal } = context
  const id = pick(body, 'id')
  const began = clock.monotonicMs()
  const seen = new Set<string>()
  let latest = body
  for (;;) {
    for (const node of nodesOf(latest)) {
      const name = pick(node, 'id')
      if (node['confirmed'] !== true || seen.has(name)) continue
      seen.add(name)
      // One node alone is the one that has just answered.
      if (nodesOf(latest).length === 1) continue
      terminal.say(`${terminal.err.good('read it')}  ${name}  at revision ${pick(node, 'last_revision', 'epoch')}/${pick(node, 'last_revision', 'revision')}`)
    }
    const missing = nodesOf(latest).filter((node) => node['confirmed'] !== true)
    if (missing.length === 0) return latest
    const waitedMs = clock.monotonicMs() - began
    if (waitedMs >= timeoutSeconds * 1000) {
      if (terminal.json) terminal.value(latest)
      throw new CliError(EXIT.failure, notSeen(id, missing, timeoutSeconds, clock.nowMs()))
    }
    await delay(POLL_MS)
    latest = (await ask(control, id)) ?? latest
  }
}

function nodesOf(body: JsonObject): readonly JsonObject[] {
  return listOf(body, 'nodes').filter(isObject)
}

async function ask(control: Endpoint, id: string): Promise<JsonObject | undefined> {
  try {
    return (await control.get(`/v1/revocations/${encodeURIComponent(id)}`)).body
  } catch (error) {
    // Control may be restarting; a refusal of our own credential will not change.
    if (error instanceof CliError && error.exitCode === EXIT.unreachable) return undefined
    throw error
  }
}

function notSeen(id: string, missing: readonly JsonObject[], seconds: number, nowMs: number): string {
  const names = missing.map((node) => {
    const seenMs = at(node, 'last_seen_ms')
    return `${textAt(node, 'id') ?? '-'} (${typeof seenMs === 'number' ? `last seen ${Math.max(0, Math.round((nowMs - seenMs) / 1000))} s ago` : 'not seen'})`
  })
  return (
    `${id} is confirmed, and after ${seconds} s these nodes have not been seen to have read it: ${names.join(', ')}. ` +
    'A node that runs asks the store before every call; one that does not report may be stopped, cut off, or not ours any more'
  )
}
