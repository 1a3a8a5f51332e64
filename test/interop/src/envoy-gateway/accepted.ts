// What the Kubernetes API says of the resources Envoy Gateway was given, once it has read them.
import { z } from 'zod'
import type { Front } from '../../../../examples/support-desk/src/gateway/front.ts'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { CLASS, NAMESPACE } from './resources.ts'

const WITHIN_MS = 60_000
const CONDITIONS = z.array(z.object({ type: z.string(), status: z.string(), message: z.string() }))
const STATUS = z.object({
  status: z.object({
    conditions: CONDITIONS.optional(),
    parents: z.array(z.object({ conditions: CONDITIONS })).optional(),
    ancestors: z.array(z.object({ conditions: CONDITIONS })).optional(),
  }),
})
/** Resolves once it says of every part that it was accepted, and of the gateway that it serves; rejects with what it says instead. */
export async function accepted(cluster: ApiClient, { routes }: Front): Promise<void> {
  const [gatewayApi, envoyGatewayApi] = ['gateway.networking.k8s.io', 'gateway.envoyproxy.io'].map(
    (group, at) => `/apis/${group}/${at === 0 ? 'v1' : 'v1alpha1'}`,
  )
  const within = `namespaces/${NAMESPACE}`
  const wanted: readonly (readonly [path: string, condition: string])[] = [
    [`${gatewayApi}/gatewayclasses/${CLASS}`, 'Accepted'],
    [`${gatewayApi}/${within}/gateways/agents`, 'Accepted'],
    [`${gatewayApi}/${within}/gateways/agents`, 'Programmed'],
    [`${envoyGatewayApi}/${within}/clienttrafficpolicies/strict`, 'Accepted'],
    ...routes.flatMap(({ resource }) => [
      [`${gatewayApi}/${within}/httproutes/${resource}`, 'Accepted'] as const,
      [`${gatewayApi}/${within}/httproutes/${resource}`, 'ResolvedRefs'] as const,
      [`${envoyGatewayApi}/${within}/securitypolicies/bailiwick-${resource}`, 'Accepted'] as const,
    ]),
  ]
  for (const [path, condition] of wanted) {
    for (const until = Date.now() + WITHIN_MS; ;) {
      const read = STATUS.safeParse(await cluster.read(path))
      const { conditions = [], parents = [], ancestors = [] } = read.success ? read.data.status : {}
      const said = [...conditions, ...[...parents, ...ancestors].flatMap((each) => each.conditions)].filter(({ type }) => type === condition)
      if (said.length > 0 && said.every(({ status }) => status === 'True')) break
      if (Date.now() > until) throw new Error(`${path} is not ${condition}: ${said.map(({ message }) => message).join('; ')}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
