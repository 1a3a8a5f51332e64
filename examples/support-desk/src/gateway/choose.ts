// Which gateway the story is told through, as it was asked for on the command line.
import { agentgateway, findAgentgateway } from './agentgateway.ts'
import { envoy, findEnvoy } from './envoy.ts'
import type { GatewayKind } from './front.ts'
import { exampleGateway } from './gateway.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Throws an Error that says what is missing. */
export function chooseGateway(name: string | undefined, env: Environment): GatewayKind {
  if (name === undefined || name === 'example') return exampleGateway
  if (name === 'envoy') return installed(findEnvoy(env), envoy, 'Envoy', 'ENVOY')
  if (name === 'agentgateway') return installed(findAgentgateway(env), agentgateway, 'agentgateway', 'AGENTGATEWAY')
  throw new Error(`--gateway is one of: example, envoy, agentgateway`)
}

function installed(binary: string | undefined, kind: (binary: string) => GatewayKind, name: string, variable: string): GatewayKind {
  if (binary === undefined) throw new Error(`no ${name} here: put it on the PATH, or its path into ${variable}`)
  return kind(binary)
}
