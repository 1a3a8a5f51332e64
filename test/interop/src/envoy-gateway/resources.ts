// What Envoy Gateway is told: gateways/envoy-gateway/security-policy.yaml once for each route of the support desk, with nothing changed but names, ports,
// how long it waits and the size of a body; and around it what a user has already: Gateway, routes, the Secret. The same with a cluster and without one.
import { stringify } from 'yaml'
import { UPSTREAM_KEY_HEADER } from '../../../../examples/support-desk/src/mcp/admission.ts'
import type { Front, Route } from '../../../../examples/support-desk/src/gateway/front.ts'
import { changed, shipped } from '../../../conformance/test/gateways/run-gateway.ts'

export const GATEWAY_API = 'gateway.networking.k8s.io/v1'
export const ENVOY_GATEWAY_API = 'gateway.envoyproxy.io/v1alpha1'
export const CONTROLLER = 'gateway.envoyproxy.io/gatewayclass-controller'
/** As the shipped file has it; each further gateway is another one's. */
export const NAMESPACE = 'agents'

/** Of the gateways here. */
export const CLASS = 'here'

/** How servers on loopback ports are told of. */
export interface Servers {
  readonly documents: (name: string, namespace: string, port: number) => readonly unknown[]
  readonly ref: (name: string) => unknown
  /** Of the shipped policy, which names a Service. */
  readonly changes: readonly (readonly [from: string, to: string])[]
}

export function gatewayClass(): unknown {
  return {
    apiVersion: GATEWAY_API,
    kind: 'GatewayClass',
    metadata: { name: CLASS },
    spec: { controllerName: CONTROLLER, parametersRef: { group: 'gateway.envoyproxy.io', kind: 'EnvoyProxy', name: CLASS, namespace: NAMESPACE } },
  }
}

export function documents(all: readonly unknown[]): string {
  return all.map((one) => stringify(one, { aliasDuplicateObjects: false })).join('---\n')
}

/** In the order they are to be applied: a route whose policy comes after it is open until then. */
export function resourcesOf(front: Front, namespace: string, tokensPort: number, servers: Servers): string {
  const { gatewayKey, routes, upstreamKey, port } = front
  const bailiwickPort = Number(front.bailiwick.split(':')[1])
  const before = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    // As in the README: the value itself is base64, and `data` is base64 of that.
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bailiwick-gateway-key', namespace }, data: { key: base64(base64(gatewayKey)) } },
    ...servers.documents('bailiwick', namespace, bailiwickPort),
    ...['gateway', 'tokens'].map((section, at) => onLoopback(section, namespace, at === 0 ? port : tokensPort)),
  ]
  const open = [
    {
      apiVersion: GATEWAY_API,
      kind: 'Gateway',
      metadata: { name: 'agents', namespace },
      spec: {
        gatewayClassName: CLASS,
        listeners: [
          { name: 'gateway', protocol: 'HTTP', port },
          { name: 'tokens', protocol: 'HTTP', port: tokensPort },
        ],
      },
    },
    httpRoute('tokens', namespace, {
      section: 'tokens',
      rules: [{ matches: ['/oauth2', '/.well-known', '/v1/tasks'].map(startingWith), backendRefs: [servers.ref('bailiwick')] }],
    }),
    ...routes.flatMap((route) => routed(route, namespace, upstreamKey, servers)),
  ]
  const [policy = '', strict = ''] = shipped('envoy-gateway/security-policy.yaml').split('\n---\n')
  const policies = routes.map(({ resource }) =>
    changed(policy, [
      ['name: bailiwick-payments, namespace: agents', `name: bailiwick-${resource}, namespace: ${namespace}`],
      ['kind: HTTPRoute, name: payments', `kind: HTTPRoute, name: ${resource}`],
      ['type: Value, value: payments', `type: Value, value: ${resource}`],
      ['timeout: 500ms', `timeout: ${front.patience ?? '500ms'}`],
      ...servers.changes,
      ['maxRequestBytes: 1048576', `maxRequestBytes: ${resource === 'models' ? 16_777_216 : 1_048_576}`],
    ]),
  )
  const oneSpelling = changed(strict, [['namespace: agents', `namespace: ${namespace}`]])
  return [documents(before), ...policies, oneSpelling, documents(open)].join('\n---\n')
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function startingWith(value: string): unknown {
  return { path: { type: 'PathPrefix', value } }
}

function routed({ segment, resource, upstream }: Route, namespace: string, upstreamKey: string, servers: Servers): readonly unknown[] {
  return [
    ...servers.documents(`${resource}-server`, namespace, Number(new URL(upstream).port)),
    httpRoute(resource, namespace, {
      section: 'gateway',
      rules: [
        {
          matches: [startingWith(`/${segment}`)],
          filters: [
            { type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } },
            { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: UPSTREAM_KEY_HEADER, value: upstreamKey }] } },
          ],
          backendRefs: [servers.ref(`${resource}-server`)],
        },
      ],
    }),
  ]
}

function httpRoute(name: string, namespace: string, { section, rules }: { readonly section: string; readonly rules: readonly unknown[] }): unknown {
  return { apiVersion: GATEWAY_API, kind: 'HTTPRoute', metadata: { name, namespace }, spec: { parentRefs: [{ name: 'agents', sectionName: section }], rules } }
}

/** Where nothing from outside is to call. */
function onLoopback(section: string, namespace: string, port: number): unknown {
  return {
    apiVersion: ENVOY_GATEWAY_API,
    kind: 'EnvoyPatchPolicy',
    metadata: { name: `loopback-${section}`, namespace },
    spec: {
      targetRef: { group: 'gateway.networking.k8s.io', kind: 'GatewayClass', name: CLASS },
      type: 'JSONPatch',
      jsonPatches: [
        {
          type: 'type.googleapis.com/envoy.config.listener.v3.Listener',
          name: `${namespace}/agents/${section}`,
          operation: { op: 'replace', path: '/address/socket_address', value: { address: '127.0.0.1', port_value: port } },
        },
      ],
    },
  }
}
