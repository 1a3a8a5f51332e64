// The three services in one process with an embedded store and a supervised Cerbos. Composition only.
import type { BailiwickConfig } from '@bailiwick/config'
import { createControl } from '@bailiwick/control'
import { createEnrichment, grpcServerOptions } from '@bailiwick/enrichment'
import { notReady } from '@bailiwick/runtime'
import type { Listening, Logger, NotReady, ProcessMetrics, Service, TracingSettings } from '@bailiwick/runtime'
import { createTokenExchange } from '@bailiwick/token-exchange'
import { createClosers } from './closers.ts'
import { mount } from './mount.ts'
import type { Plane } from './mount.ts'
import { openParts } from './open-parts.ts'

export interface StandaloneOptions {
  readonly config: BailiwickConfig
  readonly log: Logger
  /** Where traces go; nothing is traced without it. */
  readonly tracing?: TracingSettings | undefined
}

export interface Standalone {
  /** Where each plane listens; all three are equal on a shared address. */
  readonly urls: { readonly agents: string; readonly gateways: string; readonly operators: string }
  readonly dataDirectory: string
  readonly operatorToken: { readonly path: string; readonly token?: string }
  ready(): Promise<readonly NotReady[]>
  close(): Promise<void>
}

/** Requests under way get this long to finish after the listeners stopped. */
const GRACE_MS = 3_000

export async function startStandalone({ config, log, tracing }: StandaloneOptions): Promise<Standalone> {
  const closers = createClosers((error) => log.error({ err: error }, 'closing a part failed'))
  try {
    const parts = await openParts({ config, log, tracing }, closers)
    let closing = false
    const addService = (service: Service): Service => closers.add(service, (it) => it.close())
    const exchange = addService(createTokenExchange(parts))
    const enrichment = addService(createEnrichment(parts))
    const plane = (name: string, address: Plane['address'], services: readonly Service[], metrics?: ProcessMetrics): Plane => ({
      name,
      address,
      services,
      ...(metrics === undefined ? {} : { metrics }),
      grpcOptions: grpcServerOptions(config),
      hosts: [new URL(config.issuer).host],
      isClosing: () => closing,
      log,
    })
    const open = async (made: Plane): Promise<Listening> => closers.add(await mount(made), (it) => it.close(GRACE_MS))
    const { listen } = config
    const control = (callers: readonly ('operator' | 'person' | 'client' | 'agent')[]): Service =>
      addService(createControl(parts, { nodeId: parts.nodeId, callers: new Set(callers), nodes: callers.includes('operator') }))
    let urls: Standalone['urls']
    if ('shared' in listen) {
      const services = [exchange, enrichment, control(['operator', 'person', 'client', 'agent'])]
      const url = urlOf(await open(plane('shared', listen.shared, services, parts.metrics)))
      urls = { agents: url, gateways: url, operators: url }
    } else {
      urls = {
        agents: urlOf(await open(plane('agents', listen.agents, [exchange, control(['client', 'agent'])]))),
        gateways: urlOf(await open(plane('gateways', listen.gateways, [enrichment]))),
        operators: urlOf(await open(plane('operators', listen.operators, [control(['operator', 'person'])], parts.metrics))),
      }
    }
    return {
      urls,
      dataDirectory: config.dataDirectory,
      operatorToken: parts.firstOperator,
      ready: () => notReady([exchange, enrichment]),
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

function urlOf(listening: Listening): string {
  const host = listening.host.includes(':') ? `[${listening.host}]` : listening.host
  return `http://${host}:${listening.port}`
}
