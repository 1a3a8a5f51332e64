// One process with the services its configuration names, each on its plane. Composition only.
import { setTimeout as delay } from 'node:timers/promises'
import type { BailiwickConfig, PlaneName } from '@bailiwick/config'
import { planeUrl } from '@bailiwick/config'
import { awaitedByNode, createControl, otherNodes } from '@bailiwick/control'
import { createEnrichment, grpcServerOptions } from '@bailiwick/enrichment'
import { letGoOfClosedStreams, notReady, serverTls } from '@bailiwick/runtime'
import type { Listening, Logger, NotReady, Service, TracingSettings } from '@bailiwick/runtime'
import { createTokenExchange } from '@bailiwick/token-exchange'
import type { KeyRing } from '@bailiwick/tokens'
import { createCanary } from './canary/canary.ts'
import { startCanary } from './canary/start-canary.ts'
import { createClosers } from './closers.ts'
import { mount, mountOnSocket } from './mount.ts'
import type { Plane } from './mount.ts'
import { openParts } from './open-parts.ts'
import type { Parts } from './open-parts.ts'
import { reportToControl } from './reporting/report-to-control.ts'

export interface NodeOptions {
  readonly config: BailiwickConfig
  readonly log: Logger
  /** Where traces go; nothing is traced without it. */
  readonly tracing?: TracingSettings | undefined
}

export interface RunningNode {
  /** Where each plane listens that this process serves; all three are equal on a shared address. */
  readonly urls: Readonly<Partial<Record<PlaneName, string>>>
  readonly dataDirectory: string
  /** Where control runs. */
  readonly operatorToken?: { readonly path: string; readonly token?: string }
  ready(): Promise<readonly NotReady[]>
  close(): Promise<void>
}

/** Requests under way get this long to finish after the listeners stopped. */
const GRACE_MS = 3_000

type ControlCaller = 'operator' | 'person' | 'client' | 'agent'

export async function startNode({ config, log, tracing }: NodeOptions): Promise<RunningNode> {
  const closers = createClosers((error) => log.error({ err: error }, 'closing a part failed'))
  closers.add(letGoOfClosedStreams(), async (stop) => stop())
  try {
    const parts = await openParts({ config, log, tracing }, closers)
    let closing = false
    const addService = (service: Service): Service => closers.add(service, (it) => it.close())
    const exchange = config.services.includes('token-exchange') ? [addService(createTokenExchange(signing(parts)))] : []
    const enrichment = config.services.includes('enrichment') ? [addService(createEnrichment(parts))] : []
    const control = (callers: readonly ControlCaller[]): readonly Service[] =>
      config.services.includes('control')
        ? [addService(createControl(signing(parts), { nodeId: parts.nodeId, callers: new Set(callers), nodes: callers.includes('operator') }))]
        : []
    const watched = [...exchange, ...enrichment]
    const { listen } = config
    const tls = 'tls' in listen && listen.tls !== undefined ? { tls: serverTls({ ...listen.tls, asksPeers: hasOwnCertificates(config) }, log) } : {}
    const planeOf = (name: string, address: Plane['address'], services: readonly Service[], withMetrics = false): Plane => ({
      name,
      address,
      services,
      // Without a service of its own a plane is where this process is asked how it does.
      watched: services.length > 0 ? services : watched,
      ...(withMetrics ? { metrics: parts.metrics } : {}),
      ...tls,
      grpcOptions: grpcServerOptions(config),
      hosts: [new URL(config.issuer).host],
      isClosing: () => closing,
      log,
    })
    const open = async (...of: Parameters<typeof planeOf>): Promise<Listening> => closers.add(await mount(planeOf(...of)), (it) => it.close(GRACE_MS))
    const urls: Partial<Record<PlaneName, string>> = {}
    const tell = (plane: PlaneName, { port }: Listening): void => {
      const url = planeUrl(listen, plane)
      // A free port was asked for: which one it is was not known before.
      if (url !== undefined) urls[plane] = url.replace(/:\d+$/, `:${port}`)
    }
    if ('shared' in listen) {
      const all = control(['operator', 'person', 'client', 'agent'])
      watched.push(...all)
      const listening = await open('shared', listen.shared, [...exchange, ...enrichment, ...all], true)
      for (const plane of ['agents', 'gateways', 'operators'] as const) tell(plane, listening)
    } else {
      const agents = [...exchange, ...control(['client', 'agent'])]
      if (listen.agents !== undefined && agents.length > 0) tell('agents', await open('agents', listen.agents, agents))
      if (listen.gateways !== undefined && enrichment.length > 0) tell('gateways', await open('gateways', listen.gateways, enrichment))
      if (listen.gatewaysSocket !== undefined && listen.gateways !== undefined)
        closers.add(await mountOnSocket(planeOf('gateways', listen.gateways, enrichment), listen.gatewaysSocket), (it) => it.close(GRACE_MS))
      const operators = control(['operator', 'person'])
      watched.push(...operators)
      if (listen.operators !== undefined) tell('operators', await open('operators', listen.operators, operators, true))
    }
    if (config.services.includes('control')) watchOthers(parts)
    const { reports, canarySeconds } = config.node
    const [resource] = config.resources.keys()
    if (canarySeconds !== undefined && resource !== undefined) {
      const canary = createCanary({ ...parts, resource, pause: (ms) => delay(ms) })
      closers.add(startCanary({ ...parts, canary, everySeconds: canarySeconds }), (it) => it.close())
    }
    for (const url of reports?.urls ?? []) closers.add(reportToControl(parts, { ...reports, url }), (it) => it.close())
    return {
      urls,
      dataDirectory: config.dataDirectory,
      ...(parts.firstOperator === undefined ? {} : { operatorToken: parts.firstOperator }),
      ready: () => notReady(watched),
      close: async () => {
        closing = true
        await closers.closeAll()
      },
    }
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

/** The configuration lets only enrichment run without keys to sign with. */
function signing(parts: Parts): Omit<Parts, 'keys'> & { readonly keys: KeyRing } {
  if (parts.ring === undefined) throw new TypeError('"keys.directory" is needed by token-exchange and control')
  return { ...parts, keys: parts.ring }
}

/** A node that never reported counts from our own start. */
function watchOthers(parts: Parts): void {
  const { config, clock, metrics, shipped, nodeId } = parts
  const expected = otherNodes(config, nodeId)
  if (expected.length === 0) return
  const startedMs = clock.nowMs()
  metrics.watchNodes(() => {
    const reported = shipped.reports()
    return new Map(expected.map((id) => [id, Math.max(0, clock.nowMs() - (reported.get(id)?.lastSeenMs ?? startedMs)) / 1000]))
  })
  metrics.watchAwaited(() => awaitedByNode(parts))
}

/** Of nobody's authority: whoever connects is asked for one, and most have none. */
function hasOwnCertificates({ clients }: BailiwickConfig): boolean {
  return [...clients.values()].some(({ authentication }) => authentication.method === 'self_signed_tls_client_auth')
}
