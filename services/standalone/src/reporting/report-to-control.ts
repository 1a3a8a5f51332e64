// Sends what this node recorded, and how far it has read the store, to control: round after round, in the background. A control that is away is a line in the
// log and a number, and nothing of what this node decides.
import { createPrivateKey } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { KeyObject } from 'node:crypto'
import { createShipRounds } from '@bailiwick/audit'
import type { Journal, ShipmentAnswer, ShipRound } from '@bailiwick/audit'
import { privateKeyJwt } from '@bailiwick/client'
import type { AssertingCredential } from '@bailiwick/client'
import type { BailiwickConfig } from '@bailiwick/config'
import { nowSeconds } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { isJsonObject, parseStrictJson } from '@bailiwick/json'
import { createRequester } from '@bailiwick/runtime'
import type { BytesAnswer, Logger, Metrics } from '@bailiwick/runtime'
import type { TaskStore } from '@bailiwick/task-state'

export interface ReportingDeps {
  readonly config: Pick<BailiwickConfig, 'issuer' | 'node'>
  readonly journal: Journal
  readonly store: TaskStore
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: Pick<Metrics, 'reporting' | 'reported'>
}

/** Longer than any answer of a healthy control, shorter than its patience with a body. */
const TIMEOUT_MS = 5_000
const MAX_ANSWER_BYTES = 64 * 1024
const LOG_AGAIN_MS = 60_000

/** One of them; `reports.urls` may name several, and none waits for another. */
export interface ReportsTo {
  readonly url: string
  readonly clientKey?: string
}

/** Throws a TypeError when the key of the client cannot be used: at start. */
export function reportToControl(deps: ReportingDeps, reports: ReportsTo): { close(): Promise<void> } {
  const { config, clock, journal, store } = deps
  const { id, tls } = config.node
  const credential = reports.clientKey === undefined ? undefined : credentialOf(id, reports.clientKey)
  const requester = createRequester({ tls, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES })
  const url = new URL(`/v1/nodes/${encodeURIComponent(id)}/journal`, reports.url).href
  const rounds = createShipRounds({
    journal,
    mark: async () => await store.health(),
    send: async (body) => {
      const proof = await credential?.prove(config.issuer, nowSeconds(clock))
      const headers = proof === undefined ? {} : { 'client-assertion': proof.assertion, 'client-assertion-type': proof.assertionType }
      return answerOf(await requester.send({ url, method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body }))
    },
    observe: observerOf(deps, new URL(reports.url).host),
  })
  const closing = new AbortController()
  const { signal } = closing
  // Ended early by closing; keeps no process alive.
  const pause = (ms: number): Promise<void> => delay(ms, undefined, { signal, ref: false }).catch(() => {})
  const run = async (): Promise<void> => {
    while (!signal.aborted) await pause(await rounds.round())
  }
  const running = run()
  return {
    async close() {
      closing.abort()
      await running
      requester.close()
    },
  }
}

function credentialOf(id: string, text: string): AssertingCredential {
  let key: KeyObject | Parameters<typeof privateKeyJwt>[0]['key']
  try {
    const json: unknown = text.trimStart().startsWith('{') ? JSON.parse(text) : undefined
    key = isPrivateJwk(json) ? json : createPrivateKey(text)
  } catch {
    // What the parser says may hold some of the key.
    throw new TypeError('"node.client_key" must be a private key: a JWK, or PEM')
  }
  return privateKeyJwt({ clientId: id, key })
}

function isPrivateJwk(value: unknown): value is { readonly kty: string; readonly d: string } {
  return typeof value === 'object' && value !== null && 'kty' in value && typeof value.kty === 'string' && 'd' in value && typeof value.d === 'string'
}

/** 409 is an answer too: the copy ends elsewhere. Everything else that is not 200 was not taken. */
function answerOf({ status, bytes }: BytesAnswer): ShipmentAnswer {
  const parsed = parseStrictJson(bytes, { maxDepth: 8 })
  const body = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  if (status !== 200 && status !== 409) {
    const reason = body['reason']
    throw new Error(`control answered ${status}${typeof reason === 'string' ? ` (${reason})` : ''}`)
  }
  const { outcome, watermark, hash } = body
  if (
    (outcome !== 'taken' && outcome !== 'gap' && outcome !== 'diverged') ||
    typeof watermark !== 'number' ||
    !Number.isSafeInteger(watermark) ||
    typeof hash !== 'string'
  )
    throw new Error('control answered with something else than the end of a copy')
  return { outcome, watermark, hash }
}

/** Changes are logged at once, what goes on once a minute. */
function observerOf({ clock, log, metrics }: ReportingDeps, control: string): (round: ShipRound) => void {
  metrics.reporting(control)
  let last: ShipRound['outcome'] = 'taken'
  let loggedMs = -Infinity
  return (round) => {
    const { outcome, sent, watermark, cause } = round
    metrics.reported({ control, outcome, sent })
    const changed = outcome !== last
    last = outcome
    if (outcome === 'taken' || outcome === 'gap') {
      if (changed) log.info({ control, watermark }, 'control takes the records of this node')
      return
    }
    if (!changed && clock.monotonicMs() - loggedMs < LOG_AGAIN_MS) return
    loggedMs = clock.monotonicMs()
    if (outcome === 'diverged')
      log.error({ control, watermark }, 'the journal of this node is not the one control has a copy of: it was rolled back or replaced')
    else log.warn({ err: cause, control, watermark }, 'control does not take the records of this node; they are kept and sent later')
  }
}
