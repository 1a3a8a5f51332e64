// The support desk with a real Envoy in the place of its own gateway: the same identity provider, servers, Bailiwick and configuration file.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeClientKey, makeTrustDomain } from '../../../examples/support-desk/src/household/keys.ts'
import { freePorts } from '../../../examples/support-desk/src/household/start-household.ts'
import type { Household } from '../../../examples/support-desk/src/household/start-household.ts'
import { writeConfig } from '../../../examples/support-desk/src/household/write-config.ts'
import { startIdentityProvider } from '../../../examples/support-desk/src/idp/identity-provider.ts'
import { serve } from '../../../examples/support-desk/src/listening.ts'
import type { ModelEndpoint } from '../../../examples/support-desk/src/mcp/model.ts'
import { crmServer, paymentsServer, payrollServer, ticketsServer } from '../../../examples/support-desk/src/mcp/servers.ts'
import { startUpstream, UPSTREAM_KEY_HEADER } from '../../../examples/support-desk/src/mcp/upstream.ts'
import { loadConfig } from '../../../packages/config/src/index.ts'
import { createLogger } from '../../../packages/runtime/src/index.ts'
import { startStandalone } from '../../../services/standalone/src/index.ts'
import { runEnvoy } from './run-envoy.ts'
import type { RunningEnvoy } from './run-envoy.ts'

/** A model that remembers how the last request looked when it arrived. */
export interface RecordingModel extends ModelEndpoint {
  readonly last: () => { readonly path: string; readonly headers: IncomingHttpHeaders } | undefined
}

export interface EnvoyHouse {
  readonly house: Household
  readonly model: RecordingModel
  readonly envoy: RunningEnvoy
  /** One more Envoy, on another port, with a key of the test's choosing. */
  again(gatewayKey: string): Promise<RunningEnvoy>
  close(): Promise<void>
}

const POLICIES = fileURLToPath(new URL('../../../policies', import.meta.url))
/** More time than in production: what is shown is the decision, on a machine that may be doing much else. Below Envoy's 0.5 s. */
const ENV = { BAILIWICK_LOG_LEVEL: 'error', BAILIWICK_LIMITS_DECISION: '450ms' }

export async function openEnvoyHouse(binary: string): Promise<EnvoyHouse> {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-envoy-'))
  const closing: (() => Promise<void>)[] = [() => Promise.resolve(rmSync(folder, { recursive: true, force: true }))]
  const opened = <T extends { close(): Promise<void> }>(part: T): T => {
    closing.unshift(() => part.close())
    return part
  }
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0)) await end()
  }
  try {
    const ports = await freePorts()
    const issuer = `http://127.0.0.1:${ports.bailiwick}`
    const gatewayUrl = `http://127.0.0.1:${ports.gateway}`
    const upstreamKey = randomBytes(24).toString('base64url')
    const gatewayKey = randomBytes(32).toString('base64url')
    const idp = opened(await startIdentityProvider(ports.idp))
    const upstreams = {
      tickets: opened(await startUpstream(ports.tickets, upstreamKey, ticketsServer)),
      crm: opened(await startUpstream(ports.crm, upstreamKey, crmServer)),
      payments: opened(await startUpstream(ports.payments, upstreamKey, paymentsServer)),
      payroll: opened(await startUpstream(ports.payroll, upstreamKey, payrollServer)),
    }
    const model = opened(await startRecordingModel(ports.model))
    const [portal, refundAgent, domain] = await Promise.all([makeClientKey('support-portal'), makeClientKey('refund-agent'), makeTrustDomain('example.org')])
    const configFile = writeConfig(
      folder,
      POLICIES,
      { bailiwick: issuer, gateway: gatewayUrl, idp: idp.issuer },
      { gatewayKey, directorySecret: idp.directorySecret },
      [portal, refundAgent],
      domain,
    )
    const loaded = loadConfig({ file: configFile, env: ENV })
    if (!loaded.ok) throw new Error(loaded.problems.map((problem) => JSON.stringify(problem)).join('\n'))
    const bailiwick = opened(await startStandalone({ config: loaded.config, log: createLogger({ level: loaded.config.log.level }) }))
    const start = (key: string, port?: number): Promise<RunningEnvoy> =>
      runEnvoy({
        binary,
        folder,
        bailiwick: `127.0.0.1:${ports.bailiwick}`,
        gatewayKey: key,
        ...(port === undefined ? {} : { port }),
        behind: [
          ...Object.entries(upstreams).map(([name, { url }]) => ({ segment: name, resource: name, url })),
          { segment: 'llm', resource: 'models', url: model.url },
        ],
        toUpstream: [[UPSTREAM_KEY_HEADER, upstreamKey]],
      })
    const envoy = opened(await start(gatewayKey, ports.gateway))
    const house: Household = { bailiwick, issuer, gatewayUrl, idp, upstreams, model, keys: { portal, refundAgent, domain }, configFile, close }
    return { house, model, envoy, again: (key) => start(key), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startRecordingModel(port: number): Promise<RecordingModel> {
  let calls = 0
  let last: ReturnType<RecordingModel['last']>
  const running = await serve(port, (incoming, response) => {
    incoming.resume().on('end', () => {
      calls += 1
      last = { path: incoming.url ?? '', headers: incoming.headers }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ choices: [{ message: { content: 'Refund 40.00 on T-1042.' } }] }))
    })
  })
  return { ...running, calls: () => calls, last: () => last }
}
