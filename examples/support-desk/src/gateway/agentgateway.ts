// A real agentgateway in front of the support desk, on gateways/agentgateway/config.yaml with nothing changed but where things listen, where the servers
// lie and what they want to see of a gateway. TLS is taken off the listeners: loopback needs none.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { UPSTREAM_KEY_HEADER } from '../mcp/admission.ts'
import type { Front, GatewayKind, RealGateway } from './front.ts'
import { answers, freeLoopbackPorts, startProgram } from './program.ts'

export const AGENTGATEWAY_FILE = new URL('../../../../gateways/agentgateway/config.yaml', import.meta.url)

/** `AGENTGATEWAY`, else `agentgateway` on the PATH; undefined where there is none that answers. */
export function findAgentgateway(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const binary = env['AGENTGATEWAY'] ?? 'agentgateway'
  return answers(binary) ? binary : undefined
}

export function agentgateway(binary: string): GatewayKind<RealGateway> {
  return { name: 'agentgateway', dialect: 'agentgateway', start: (front) => startAgentgateway(binary, front) }
}

/** Only what is changed here is named; the rest passes through as it was read. */
const route = z.looseObject({
  name: z.string(),
  policies: z.looseObject({ extAuthz: z.looseObject({ host: z.string() }).optional(), requestHeaderModifier: z.unknown().optional() }),
  backends: z.array(z.looseObject({ host: z.string().optional() })),
})
const bind = z.looseObject({
  port: z.number(),
  listeners: z.array(z.looseObject({ protocol: z.string(), tls: z.unknown().optional(), routes: z.array(route) })),
})
const agentgatewayFile = z.looseObject({ config: z.record(z.string(), z.unknown()), binds: z.tuple([bind, bind]) })

async function startAgentgateway(binary: string, front: Front): Promise<RealGateway> {
  const [tokensPort = 0, ...ownPorts] = await freeLoopbackPorts(4)
  const file = join(front.folder, `agentgateway-${front.port}.json`)
  writeFileSync(file, JSON.stringify(toRun(front, tokensPort, ownPorts)), { mode: 0o600 })
  const { close } = await startProgram({
    binary,
    args: ['-f', file],
    env: { BAILIWICK_GATEWAY_KEY: front.gatewayKey, RUST_LOG: 'warn' },
    logFile: join(front.folder, 'agentgateway.log'),
    ports: [front.port, tokensPort],
  })
  return { url: `http://127.0.0.1:${front.port}`, tokensUrl: `http://127.0.0.1:${tokensPort}`, close }
}

function toRun(front: Front, tokensPort: number, [admin, stats, readiness]: readonly number[]): z.infer<typeof agentgatewayFile> {
  const text = readFileSync(AGENTGATEWAY_FILE, 'utf8').replaceAll('requestTimeout: 500ms', `requestTimeout: ${front.patience ?? '500ms'}`)
  const file = agentgatewayFile.parse(parse(text, { merge: true }))
  const [gateway, tokens] = file.binds
  Object.assign(file.config, { adminAddr: `127.0.0.1:${admin}`, statsAddr: `127.0.0.1:${stats}`, readinessAddr: `127.0.0.1:${readiness}` })
  gateway.port = front.port
  tokens.port = tokensPort
  for (const listener of [...gateway.listeners, ...tokens.listeners]) {
    listener.protocol = 'HTTP'
    delete listener.tls
    // A backend that reads the messages itself (`mcp`) is not told of here: the story's servers are behind routes of their own.
    listener.routes = listener.routes.filter(({ backends }) => backends.every(({ host }) => host !== undefined))
    for (const shipped of listener.routes) {
      const { extAuthz } = shipped.policies
      const url = extAuthz === undefined ? `http://${front.bailiwick}` : front.routes.find(({ resource }) => resource === shipped.name)?.upstream
      if (url === undefined) throw new Error(`config.yaml: nothing here is called ${shipped.name}`)
      shipped.backends = [{ host: new URL(url).host }]
      if (extAuthz === undefined) continue
      extAuthz.host = front.bailiwick
      shipped.policies.requestHeaderModifier = { set: { [UPSTREAM_KEY_HEADER]: front.upstreamKey } }
    }
  }
  return file
}
