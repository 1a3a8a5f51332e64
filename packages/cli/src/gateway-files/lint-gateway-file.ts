// One configuration file of a gateway, told by what is in it: which gateway it is for, and the checks of that one.
import { isAgentgateway, lintAgentgateway } from './agentgateway.ts'
import { isCaddyfile, lintCaddy } from './caddy.ts'
import { isEnvoy, lintEnvoy } from './envoy.ts'
import { isHaproxy, lintHaproxy } from './haproxy.ts'
import { isKubernetes, lintKubernetes } from './kubernetes.ts'
import { isLitellm, lintLitellm } from './litellm.ts'
import { isNginx, lintNginx } from './nginx.ts'
import type { Lint } from './rule.ts'
import { isTraefik, lintTraefik } from './traefik.ts'
import { yamlMaps } from './yaml-maps.ts'
import type { YamlMap } from './yaml-maps.ts'

const OF_YAML: readonly {
  readonly name: string
  readonly is: (maps: readonly YamlMap[]) => boolean
  readonly lint: (maps: readonly YamlMap[], lint: Lint) => void
}[] = [
  { name: 'Envoy', is: isEnvoy, lint: lintEnvoy },
  { name: 'Traefik', is: isTraefik, lint: lintTraefik },
  { name: 'Kubernetes (Envoy Gateway, Istio, Contour)', is: isKubernetes, lint: lintKubernetes },
  { name: 'agentgateway', is: isAgentgateway, lint: lintAgentgateway },
  { name: 'LiteLLM', is: isLitellm, lint: lintLitellm },
]
const OF_TEXT: readonly { readonly name: string; readonly is: (text: string) => boolean; readonly lint: (text: string, lint: Lint) => void }[] = [
  { name: 'HAProxy', is: isHaproxy, lint: lintHaproxy },
  { name: 'nginx', is: isNginx, lint: lintNginx },
  { name: 'Caddy', is: isCaddyfile, lint: lintCaddy },
]

/** The name of the gateway it was read as; undefined where it is none that is known. */
export function lintGatewayFile(text: string, lint: Lint): string | undefined {
  const plain = OF_TEXT.find(({ is }) => is(text))
  if (plain !== undefined) {
    plain.lint(text, lint)
    return plain.name
  }
  const read = yamlMaps(text)
  if (!read.ok) return undefined
  const kind = OF_YAML.find(({ is }) => is(read.maps))
  kind?.lint(read.maps, lint)
  return kind?.name
}
