// Everything the story needs, on loopback: the identity provider, four MCP servers, the model, the gateway, and Bailiwick itself.
import { randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { loadConfig } from '@bailiwick/config'
import { createLogger } from '@bailiwick/runtime'
import { startStandalone } from '@bailiwick/standalone'
import type { Standalone } from '@bailiwick/standalone'
import type { GatewayKind } from '../gateway/front.ts'
import { exampleGateway } from '../gateway/gateway.ts'
import { freeLoopbackPorts } from '../gateway/program.ts'
import { startIdentityProvider } from '../idp/identity-provider.ts'
import type { IdentityProvider } from '../idp/identity-provider.ts'
import { holderOf } from '../mcp/admission.ts'
import { startModel } from '../mcp/model.ts'
import type { ModelEndpoint } from '../mcp/model.ts'
import { crmServer, paymentsServer, payrollServer, ticketsServer } from '../mcp/servers.ts'
import { startUpstream } from '../mcp/upstream.ts'
import type { Upstream } from '../mcp/upstream.ts'
import { makeClientKey, makeTrustDomain } from './keys.ts'
import type { ClientKey, TrustDomain } from './keys.ts'
import { onLoopback, writeConfig } from './write-config.ts'

export type McpName = 'tickets' | 'crm' | 'payments' | 'payroll'

export interface Household {
  readonly bailiwick: Standalone
  readonly issuer: string
  readonly gatewayUrl: string
  readonly idp: IdentityProvider
  readonly upstreams: Readonly<Record<McpName, Upstream>>
  readonly model: ModelEndpoint
  readonly keys: { readonly portal: ClientKey; readonly refundAgent: ClientKey; readonly domain: TrustDomain }
  readonly configFile: string
  close(): Promise<void>
}

export interface Ports {
  readonly bailiwick: number
  readonly gateway: number
  readonly idp: number
  readonly tickets: number
  readonly crm: number
  readonly payments: number
  readonly payroll: number
  readonly model: number
}

export const STORY_PORTS: Ports = { bailiwick: 8420, gateway: 8421, idp: 8422, tickets: 8423, crm: 8424, payments: 8425, payroll: 8426, model: 8427 }

const POLICIES = join(dirname(fileURLToPath(import.meta.url)), '../../../../policies')

/** Free loopback ports: for a demo beside whatever else runs here. */
export async function freePorts(): Promise<Ports> {
  const free = await freeLoopbackPorts(Object.keys(STORY_PORTS).length)
  const [bailiwick = 0, gateway = 0, idp = 0, tickets = 0, crm = 0, payments = 0, payroll = 0, model = 0] = free
  return { bailiwick, gateway, idp, tickets, crm, payments, payroll, model }
}

export interface HouseholdOptions {
  /** Overrides settings of the configuration file, as it would for `bailiwick serve`. */
  readonly env?: Readonly<Record<string, string>>
  /** Where the log goes; stderr unless the story has something better to show there. */
  readonly logTo?: Writable
  /** Absent: the example's own. */
  readonly gateway?: GatewayKind
  readonly directoryTtl?: string
}

export async function startHousehold(
  folder: string,
  ports: Ports,
  { env = {}, logTo, gateway = exampleGateway, directoryTtl }: HouseholdOptions = {},
): Promise<Household> {
  const closing: (() => Promise<void>)[] = []
  const opened = <T extends { close(): Promise<void> }>(it: T): T => {
    closing.unshift(() => it.close())
    return it
  }
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0)) await end()
  }
  try {
    const upstreamKey = randomBytes(24).toString('base64url')
    const gatewayKey = randomBytes(32).toString('base64url')
    const admits = holderOf(upstreamKey)
    const idp = opened(await startIdentityProvider(ports.idp))
    const upstreams = {
      tickets: opened(await startUpstream(ports.tickets, admits, ticketsServer)),
      crm: opened(await startUpstream(ports.crm, admits, crmServer)),
      payments: opened(await startUpstream(ports.payments, admits, paymentsServer)),
      payroll: opened(await startUpstream(ports.payroll, admits, payrollServer)),
    }
    const model = opened(await startModel(ports.model, admits))
    const [portal, refundAgent, domain] = await Promise.all([makeClientKey('support-portal'), makeClientKey('refund-agent'), makeTrustDomain('example.org')])
    const issuer = `http://127.0.0.1:${ports.bailiwick}`
    const gatewayUrl = `http://127.0.0.1:${ports.gateway}`
    const configFile = writeConfig(
      folder,
      {
        addresses: { bailiwick: issuer, gateway: gatewayUrl, idp: idp.issuer },
        dialect: gateway.dialect,
        directorySecret: idp.directorySecret,
        ...(directoryTtl === undefined ? {} : { directoryTtl }),
        clients: [portal, refundAgent],
        domain,
      },
      onLoopback(POLICIES, issuer, gatewayKey),
    )
    const loaded = loadConfig({ file: configFile, env })
    if (!loaded.ok) throw new Error(loaded.problems.map((problem) => JSON.stringify(problem)).join('\n'))
    const log = createLogger({ level: loaded.config.log.level, ...(logTo === undefined ? {} : { destination: logTo }) })
    const bailiwick = opened(await startStandalone({ config: loaded.config, log }))
    const routes = [
      ...Object.entries(upstreams).map(([resource, upstream]) => ({ segment: resource, resource, upstream: upstream.url })),
      { segment: 'llm', resource: 'models', upstream: model.url },
    ]
    opened(await gateway.start({ port: ports.gateway, routes, upstreamKey, bailiwick: `127.0.0.1:${ports.bailiwick}`, gatewayKey, folder }))
    return { bailiwick, issuer, gatewayUrl, idp, upstreams, model, keys: { portal, refundAgent, domain }, configFile, close }
  } catch (error) {
    await close()
    throw error
  }
}
