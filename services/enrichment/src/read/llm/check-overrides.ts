// What could override the body from beside it: query parameters that frameworks bind to the body's names, and headers with which
// gateways and clouds choose a model, a deployment or an endpoint.
import type { HeaderList } from '@bailiwick/core'
import { foldKey } from '@bailiwick/json'
import type { ReservedKeys } from '@bailiwick/json'

const ROUTING_HEADERS = new Set([
  'azureml-model-deployment',
  'helicone-fallbacks',
  'helicone-model-override',
  'helicone-openai-api-base',
  'helicone-target-url',
  'x-ms-model-mesh-model-name',
])
/** LiteLLM forwards `x-pass-<name>` as `<name>`; Portkey and Cloudflare route by headers of many names. */
const ROUTING_PREFIXES = ['cf-aig-', 'x-litellm-model', 'x-litellm-tags', 'x-pass-', 'x-portkey-', 'x-bf-']

/** Frameworks fill handler parameters from the query: LiteLLM takes `?model=` there, before the body's. */
export function isHarmlessQuery(query: string, reserved: ReservedKeys): boolean {
  return query.split(/[&;]/).every((pair) => {
    const raw = pair.split('=', 1)[0] ?? ''
    try {
      // Some frameworks read `model[]` and `model.x` into `model`.
      const key = decodeURIComponent(raw.replaceAll('+', ' ')).trim()
      return !reserved.folded.has(foldKey(/^[^[.]*/.exec(key)?.[0] ?? key))
    } catch {
      return false
    }
  })
}

export function hasRoutingHeader(headers: HeaderList): boolean {
  return headers.some(([received]) => {
    const name = received.toLowerCase().replaceAll('_', '-')
    return ROUTING_HEADERS.has(name) || ROUTING_PREFIXES.some((prefix) => name.startsWith(prefix))
  })
}
