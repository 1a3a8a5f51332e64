// Two servers of the support desk as one, joined by a real agentgateway: the route `desk` of gateways/agentgateway/config.yaml, a Bailiwick with both of its
// doors, and one policy about the servers' own names of tools.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { bootAgent } from '../../../../packages/client/src/index.ts'
import type { Agent } from '../../../../packages/client/src/index.ts'
import { loadConfig } from '../../../../packages/config/src/index.ts'
import { createLogger } from '../../../../packages/runtime/src/index.ts'
import { startStandalone } from '../../../../services/standalone/src/index.ts'
import { controlAt, operatorBy } from '../../../../examples/support-desk/src/agents/operator.ts'
import type { ControlCall, Operator } from '../../../../examples/support-desk/src/agents/operator.ts'
import { AGENTGATEWAY_FILE } from '../../../../examples/support-desk/src/gateway/agentgateway.ts'
import { freeLoopbackPorts, startProgram } from '../../../../examples/support-desk/src/gateway/program.ts'
import { makeClientKey, makeTrustDomain } from '../../../../examples/support-desk/src/household/keys.ts'
import { TRIAGE_SPIFFE_ID, onLoopback, writeConfig } from '../../../../examples/support-desk/src/household/write-config.ts'
import { startIdentityProvider } from '../../../../examples/support-desk/src/idp/identity-provider.ts'
import { crmServer, ticketsServer } from '../../../../examples/support-desk/src/mcp/servers.ts'
import { startUpstream } from '../../../../examples/support-desk/src/mcp/upstream.ts'
import type { Upstream } from '../../../../examples/support-desk/src/mcp/upstream.ts'
import { changedPolicies } from '../changed-policies.ts'

export interface JoinedHouse {
  readonly url: string
  readonly tickets: Upstream
  readonly crm: Upstream
  readonly operator: Operator
  readonly control: ControlCall
  /** The triage agent, on its own identity, with a task of its own. */
  boot(): Promise<Agent>
  close(): Promise<void>
}

export interface JoinedOptions {
  readonly binary: string
  /** `alone`: what `mcpGuardrails` says by itself. The shipped route asks extAuthz first, which denies the same and sooner. */
  readonly guardrails: 'as shipped' | 'alone'
}

const ENV = { BAILIWICK_LOG_LEVEL: 'error', BAILIWICK_LIMITS_DECISION: '5s' }
/** In place of the shipped 500ms, on a machine that may be doing much else. */
const PATIENCE = '15s'
const SERVERS = { tickets: 'desk', crm: 'desk' }
/** The servers' own names, and no other. Of what the agent may see it may not call everything. */
const DESK_POLICY = `apiVersion: api.cerbos.dev/v1
resourcePolicy:
  resource: mcp:desk
  version: default
  importDerivedRoles: [support_desk]
  rules:
    - name: see
      actions: [initialize, tools/list, tools/list/ticket_get, tools/list/ticket_comment]
      effect: EFFECT_ALLOW
      derivedRoles: [triage_agent]
    - name: read
      actions: [tools/call/ticket_get]
      effect: EFFECT_ALLOW
      derivedRoles: [triage_agent]
      condition:
        match:
          expr: R.attr.arguments.ticket_id == "T-1042"
      output:
        when:
          conditionNotMet: |-
            {"decision": "deny", "reason": "triage is about T-1042 today"}
`

export async function openJoinedHouse({ binary, guardrails }: JoinedOptions): Promise<JoinedHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-joined-'))
  const closing: (() => Promise<void>)[] = [() => Promise.resolve(rmSync(folder, { recursive: true, force: true }))]
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    closing.unshift(() => part.close())
    return part
  }
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0)) await end()
  }
  try {
    const [bailiwickPort = 0, gatewayPort = 0, ...ownPorts] = await freeLoopbackPorts(5)
    const issuer = `http://127.0.0.1:${bailiwickPort}`
    const gatewayUrl = `http://127.0.0.1:${gatewayPort}`
    const keys = { edge: randomBytes(32).toString('hex'), mcp: randomBytes(32).toString('hex') }
    const idp = opened(await startIdentityProvider(0))
    // Whether they take calls from the gateway alone is shown elsewhere.
    const tickets = opened(await startUpstream(0, () => true, ticketsServer))
    const crm = opened(await startUpstream(0, () => true, crmServer))
    const [portal, refundAgent, domain] = await Promise.all([makeClientKey('support-portal'), makeClientKey('refund-agent'), makeTrustDomain('example.org')])
    const file = writeConfig(
      folder,
      {
        addresses: { bailiwick: issuer, gateway: gatewayUrl, idp: idp.issuer },
        dialect: 'agentgateway',
        directorySecret: idp.directorySecret,
        clients: [portal, refundAgent],
        domain,
      },
      onLoopback(policiesWithDesk(folder), issuer, keys.edge),
    )
    writeFileSync(join(folder, 'edge-mcp.key'), keys.mcp, { mode: 0o600 })
    writeFileSync(file, stringify(withDesk(parse(readFileSync(file, 'utf8')), `${gatewayUrl}/desk/mcp`), { aliasDuplicateObjects: false }))
    const loaded = loadConfig({ file, env: ENV })
    if (!loaded.ok) throw new Error(loaded.problems.map((problem) => JSON.stringify(problem)).join('\n'))
    const bailiwick = opened(await startStandalone({ config: loaded.config, log: createLogger({ level: loaded.config.log.level }) }))
    const gatewayFile = join(folder, 'agentgateway.json')
    const wiring = { bailiwick: `127.0.0.1:${bailiwickPort}`, port: gatewayPort, ownPorts, tickets: tickets.url, crm: crm.url, guardrails }
    writeFileSync(gatewayFile, JSON.stringify(deskRoute(wiring)), { mode: 0o600 })
    opened(
      await startProgram({
        binary,
        args: ['-f', gatewayFile],
        env: { BAILIWICK_GATEWAY_KEY: keys.edge, BAILIWICK_MCP_KEY: keys.mcp, RUST_LOG: 'warn' },
        logFile: join(folder, 'agentgateway.log'),
        ports: [gatewayPort],
      }),
    )
    const control = controlAt({ url: issuer, tokenFile: bailiwick.operatorToken.path })
    return {
      url: `${gatewayUrl}/desk/mcp`,
      tickets,
      crm,
      operator: operatorBy(control),
      control,
      boot: () => bootAgent({ issuer, client: domain.workload(TRIAGE_SPIFFE_ID), task: 'own' }),
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function policiesWithDesk(folder: string): string {
  const to = changedPolicies(folder, { file: 'oauth_resource.yaml', find: '"models", "tickets", "crm"', replace: '"models", "tickets", "crm", "desk"' })
  writeFileSync(join(to, 'mcp_desk.yaml'), DESK_POLICY)
  return to
}

const ENTRY = z.looseObject({ name: z.string().optional() })
const CONFIG = z.looseObject({
  clients: z.array(
    z.looseObject({
      id: z.string(),
      resources: z.array(z.string()).optional(),
      task_template: z.looseObject({ resources: z.array(z.string()) }).optional(),
    }),
  ),
  resources: z.array(ENTRY),
  gateways: z.array(z.looseObject({ name: z.string(), resources: z.array(z.string()), service_names: z.unknown().optional() })),
})

/** As the README of gateways/agentgateway has it, beside what the support desk has anyway. */
function withDesk(config: unknown, uri: string): unknown {
  const desk = CONFIG.parse(config)
  desk.resources.push({ name: 'desk', kind: 'mcp', uri })
  const triage = desk.clients.find(({ id }) => id === 'triage-agent')
  triage?.resources?.push('desk')
  triage?.task_template?.resources.push('desk')
  const edge = desk.gateways.find(({ name }) => name === 'edge')
  edge?.resources.push('desk')
  if (edge !== undefined) edge.service_names = SERVERS
  desk.gateways.push({
    name: 'edge-mcp',
    doors: ['ext_mcp'],
    resources: ['desk'],
    resource_from: 'service_name',
    service_names: SERVERS,
    authentication: 'shared_secret',
    secret_files: ['./edge-mcp.key'],
  })
  return desk
}

const TARGET = z.looseObject({ name: z.enum(['tickets', 'crm']), mcp: z.looseObject({ host: z.string() }) })
const PROCESSOR = z.looseObject({ host: z.string() })
const ROUTE = z.looseObject({
  name: z.literal('desk'),
  policies: z.looseObject({
    jwtAuth: z.looseObject({ issuer: z.string(), audiences: z.array(z.string()), jwks: z.object({ url: z.string() }) }),
    extAuthz: z.looseObject({ host: z.string() }).optional(),
  }),
  backends: z.tuple([
    z.looseObject({
      mcp: z.looseObject({ targets: z.array(TARGET) }),
      policies: z.looseObject({ mcpGuardrails: z.object({ processors: z.tuple([PROCESSOR]) }) }),
    }),
  ]),
})
const SHIPPED = z.looseObject({
  binds: z.array(z.looseObject({ listeners: z.array(z.looseObject({ routes: z.array(z.looseObject({ name: z.string() })) })) })),
})

interface Wiring {
  readonly bailiwick: string
  readonly port: number
  readonly ownPorts: readonly number[]
  readonly tickets: string
  readonly crm: string
  readonly guardrails: JoinedOptions['guardrails']
}

/** The shipped route alone, with the addresses of this run. TLS is taken off the listener: loopback needs none. */
function deskRoute({ bailiwick, port, ownPorts: [admin, stats, readiness], tickets, crm, guardrails }: Wiring): unknown {
  const { binds } = SHIPPED.parse(
    parse(readFileSync(AGENTGATEWAY_FILE, 'utf8').replaceAll('requestTimeout: 500ms', `requestTimeout: ${PATIENCE}`), { merge: true }),
  )
  const routes = binds.flatMap(({ listeners }) => listeners.flatMap((listener) => listener.routes))
  const route = ROUTE.parse(routes.find(({ name }) => name === 'desk'))
  const { jwtAuth, extAuthz } = route.policies
  const [backend] = route.backends
  jwtAuth.issuer = `http://${bailiwick}`
  jwtAuth.audiences = [`http://127.0.0.1:${port}/desk/mcp`]
  jwtAuth.jwks.url = `http://${bailiwick}/.well-known/jwks.json`
  if (extAuthz !== undefined) extAuthz.host = bailiwick
  if (guardrails === 'alone') delete route.policies.extAuthz
  for (const target of backend.mcp.targets) target.mcp.host = `${target.name === 'tickets' ? tickets : crm}/mcp`
  backend.policies.mcpGuardrails.processors[0].host = bailiwick
  return {
    config: { adminAddr: `127.0.0.1:${admin}`, statsAddr: `127.0.0.1:${stats}`, readinessAddr: `127.0.0.1:${readiness}` },
    binds: [{ port, listeners: [{ name: 'gateway', protocol: 'HTTP', routes: [route] }] }],
  }
}
