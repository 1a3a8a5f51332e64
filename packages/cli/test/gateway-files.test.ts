// The configurations of gateways/ pass; each with one thing made wrong does not.
import { existsSync, readFileSync } from 'node:fs'
import { parseResourceName, readingAllowanceMs } from '@bailiwick/core'
import { testConfig } from '@bailiwick/kit/test-config'
import { describe, expect, it } from 'vitest'
import { recordInto } from '../src/doctor/finding.ts'
import type { Finding } from '../src/doctor/finding.ts'
import { withCertificates } from '../../../test/conformance/test/gateways/run-gateway.ts'
import { lintGatewayFile } from '../src/gateway-files/lint-gateway-file.ts'

const config = testConfig({ resources: [{ name: 'tickets', validates_mcp_headers: true }] })

function shipped(path: string): string {
  return readFileSync(new URL(`../../../gateways/${path}`, import.meta.url), 'utf8')
}

function lint(text: string, decisionMs = 150): { readonly name: string | undefined; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const name = lintGatewayFile(text, {
    found: recordInto(findings, 'gateways'),
    answersWithinMs: (bodyBytes) => decisionMs + readingAllowanceMs(Math.min(bodyBytes, 16 * 1024 * 1024)),
    certificateHeaders: ['x-forwarded-client-cert', 'client-cert'],
    resourceOf: (resource) => {
      const parsed = parseResourceName(resource)
      return parsed === undefined ? undefined : config.resources.get(parsed)
    },
  })
  return { name, findings }
}

const SHIPPED: readonly (readonly [path: string, name: string])[] = [
  ['envoy/envoy.yaml', 'Envoy'],
  ['agentgateway/config.yaml', 'agentgateway'],
  ['nginx/auth-request.conf', 'nginx'],
  ['nginx/lua.conf', 'nginx'],
  ['caddy/Caddyfile', 'Caddy'],
  ['haproxy/haproxy.cfg', 'HAProxy'],
  ['haproxy/front.cfg', 'HAProxy'],
  ['envoy/http.yaml', 'Envoy'],
  ['traefik/dynamic.yaml', 'Traefik'],
  ['traefik/traefik.yaml', 'Traefik'],
  ['envoy-gateway/security-policy.yaml', 'Kubernetes (Envoy Gateway, Istio, Contour)'],
  ['istio/mesh.yaml', 'Kubernetes (Envoy Gateway, Istio, Contour)'],
  ['istio/grpc.yaml', 'Kubernetes (Envoy Gateway, Istio, Contour)'],
  ['litellm/config.yaml', 'LiteLLM'],
  ['litellm/guardrail.yaml', 'LiteLLM'],
]

it.each(SHIPPED)('finds nothing wrong in gateways/%s', (path, name) => {
  expect(lint(shipped(path))).toEqual({ name, findings: [] })
})

it.each(SHIPPED.filter(([path]) => shipped(path).includes('##')))('finds nothing wrong in gateways/%s with its lines for certificates', (path, name) => {
  const text = withCertificates(shipped(path))
  expect(text).not.toMatch(/^\s*##/m)
  expect(lint(text)).toEqual({ name, findings: [] })
})

/** Those that ask, and say themselves how long they wait. */
const WAITING = SHIPPED.map(([path]) => path).filter((path) => !/^(?:litellm|traefik|haproxy\/front)/.test(path))

it.each(WAITING)('finds the timeout of gateways/%s too short where a decision may take longer', (path) => {
  expect(lint(shipped(path), 140).findings).toEqual([])
  expect(lint(shipped(path), 2_500).findings.map(({ check }) => check)).toContainEqual(expect.stringMatching(/^[a-z_]+\.timeout$/))
})

describe.each([
  [
    'litellm/config.yaml',
    [
      ['litellm.custom_auth', 'refuse', '  custom_auth: bailiwick.custom_auth\n', ''],
      ['litellm.default_on', 'refuse', 'default_on: true', 'default_on: false'],
      ['litellm.mode', 'refuse', 'mode: [pre_call, pre_mcp_call]', 'mode: [pre_call]'],
    ],
  ],
  [
    'litellm/guardrail.yaml',
    [
      ['litellm.unreachable', 'refuse', 'unreachable_fallback: fail_closed', 'unreachable_fallback: fail_open'],
      ['litellm.fail_on_error', 'refuse', 'fail_on_error: true', 'fail_on_error: false'],
      ['litellm.key', 'refuse', /      api_key: .*\n/, ''],
      ['litellm.mode', 'refuse', 'mode: [pre_call]', 'mode: [pre_call, pre_mcp_call]'],
      ['litellm.mode', 'refuse', 'mode: [pre_call]', 'mode: [post_call]'],
    ],
  ],
  [
    'envoy/envoy.yaml',
    [
      ['envoy.failure_mode', 'refuse', 'failure_mode_allow: false', 'failure_mode_allow: true'],
      ['envoy.filter_enabled', 'refuse', 'failure_mode_allow: false', 'filter_enabled: { default_value: { numerator: 50 } }'],
      ['envoy.filter_enabled', 'refuse', 'failure_mode_allow: false', 'filter_enabled_metadata: { filter: x }'],
      ['envoy.deny_at_disable', 'refuse', 'failure_mode_allow: false', 'deny_at_disable: { default_value: false }'],
      ['envoy.body', 'refuse', /with_request_body:.*/, ''],
      ['envoy.partial_body', 'refuse', 'allow_partial_message: false', 'allow_partial_message: true'],
      ['envoy.pack_as_bytes', 'warn', ', pack_as_bytes: true', ''],
      ['envoy.validate_mutations', 'warn', 'validate_mutations: true', ''],
      ['envoy.raw_headers', 'warn', 'encode_raw_headers: true', ''],
      ['envoy.mutation_rules', 'warn', 'encode_raw_headers: true', 'encode_raw_headers: true\n                      decoder_header_mutation_rules: {}'],
      ['envoy.route_cache', 'warn', 'encode_raw_headers: true', 'encode_raw_headers: true\n                      clear_route_cache: true'],
      ['envoy.denied_body', 'warn', 'encode_raw_headers: true', 'encode_raw_headers: true\n                      max_denied_response_body_bytes: 100'],
      ['envoy.timeout', 'warn', 'timeout: 0.5s', ''],
      ['envoy.timeout', 'warn', 'timeout: 0.5s', 'timeout: 0.1s'],
      // Longer than a decision, and not than one about the sixteen megabytes a route lets through.
      ['envoy.timeout', 'warn', 'timeout: 0.5s', 'timeout: 0.4s'],
      ['envoy.timeout', 'warn', 'timeout: 0.5s', 'timeout: 60s'],
      ['envoy.key', 'refuse', 'key: x-bailiwick-gateway-key', 'key: x-other'],
      ['envoy.key_in_file', 'warn', '%ENVIRONMENT(BAILIWICK_GATEWAY_KEY)%', '0123456789'],
      ['envoy.per_route', 'refuse', 'check_settings: { context_extensions: { bailiwick_resource: payments } }', 'disabled: true'],
      [
        'envoy.per_route_body',
        'refuse',
        'check_settings: { context_extensions: { bailiwick_resource: payments } }',
        'check_settings: { disable_request_body_buffering: true }',
      ],
      [
        'envoy.retry',
        'refuse',
        'route: { cluster: payments, prefix_rewrite: /, timeout: 300s }',
        'route: { cluster: payments, retry_policy: { retry_on: 5xx } }',
      ],
      ['envoy.path', 'warn', 'merge_slashes: true', ''],
      ['envoy.escaped_slashes', 'warn', 'path_with_escaped_slashes_action: REJECT_REQUEST', ''],
      ['envoy.underscores', 'warn', 'headers_with_underscores_action: REJECT_REQUEST, ', ''],
      ['envoy.ext_authz', 'refuse', 'ext_authz.v3.ExtAuthz\n', 'rbac.v3.RBAC\n'],
    ],
  ],
  [
    'agentgateway/config.yaml',
    [
      ['agentgateway.failure_mode', 'refuse', 'failureMode: deny', 'failureMode: allow'],
      ['agentgateway.cache', 'refuse', 'failureMode: deny', 'failureMode: deny\n                cache: { ttl: 5s }'],
      ['agentgateway.timeout', 'refuse', 'policies: { http: { requestTimeout: 500ms } }', ''],
      ['agentgateway.timeout', 'warn', 'policies: { http: { requestTimeout: 500ms } }', 'policies: { http: { requestTimeout: 160ms } }'],
      ['agentgateway.timeout', 'warn', 'policies: { http: { requestTimeout: 500ms } }', 'policies: { http: { requestTimeout: 30s } }'],
      [
        'agentgateway.timeout',
        'warn',
        /requestTimeout: 500ms(?= \} \}\n +failureMode: deny\n +includeRequestBody: \{ maxRequestBytes: 16777216)/,
        'requestTimeout: 400ms',
      ],
      ['agentgateway.guardrails_timeout', 'warn', /requestTimeout: 500ms(?= \} \}\n +failureMode: failClosed)/, 'requestTimeout: 150ms'],
      ['agentgateway.body', 'refuse', /includeRequestBody:.*/, ''],
      ['agentgateway.body', 'refuse', 'maxRequestBytes: 1048576', 'maxRequestBytes: 8192'],
      ['agentgateway.partial_body', 'refuse', 'allowPartialMessage: false', 'allowPartialMessage: true'],
      ['agentgateway.pack_as_bytes', 'warn', ', packAsBytes: true', ''],
      ['agentgateway.headers', 'refuse', 'failureMode: deny', 'failureMode: deny\n                includeRequestHeaders: [x-other]'],
      ['agentgateway.key', 'refuse', ", bailiwick_key: '$BAILIWICK_GATEWAY_KEY'", ''],
      ['agentgateway.stripped', 'refuse', /\n +metadata: \{ bailiwick: '\{"token": jwt.rawToken.unredacted\(\)\}' \}/, ''],
      ['agentgateway.guardrails_alone', 'refuse', / extAuthz:\n(?: {16}.*\n)+/, ' cors: {}\n'],
      ['agentgateway.guardrails_methods', 'refuse', "methods: { '*': full }", "methods: { 'tools/call': full }"],
      ['agentgateway.guardrails_failure_mode', 'refuse', 'failureMode: failClosed', 'failureMode: failOpen'],
      [
        'agentgateway.authzen',
        'refuse',
        'grpc:\n                    context:',
        'http:\n                    path: \'"/access/v1/evaluation"\'\n                    x:',
      ],
    ],
  ],
  [
    'nginx/auth-request.conf',
    [
      ['nginx.internal', 'refuse', 'location = /_bailiwick/tickets {\n            internal;', 'location = /_bailiwick/tickets {'],
      ['nginx.cache', 'refuse', 'proxy_pass_request_body off;', 'proxy_pass_request_body off; proxy_cache keys;'],
      ['nginx.original', 'refuse', 'X-Original-URI $request_uri', 'X-Original-URI $uri'],
      ['nginx.original', 'refuse', 'proxy_set_header X-Original-Method $request_method;', ''],
      ['nginx.forwarded', 'refuse', 'proxy_set_header X-Forwarded-Uri "";', ''],
      ['nginx.key', 'refuse', 'proxy_set_header X-Bailiwick-Gateway-Key $bailiwick_key;', ''],
      ['nginx.key_in_file', 'warn', 'X-Bailiwick-Gateway-Key $bailiwick_key', 'X-Bailiwick-Gateway-Key 0123456789'],
      ['nginx.timeout', 'warn', 'proxy_read_timeout 500ms;', ''],
      ['nginx.timeout', 'warn', 'proxy_read_timeout 500ms;', 'proxy_read_timeout 150ms;'],
      ['nginx.timeout', 'warn', 'proxy_read_timeout 500ms;', 'proxy_read_timeout 60;'],
      ['nginx.identity', 'refuse', 'proxy_set_header X-Bailiwick-Actor $bailiwick_actor;', ''],
      ['nginx.authorization', 'warn', 'proxy_set_header Authorization "";', ''],
      ['nginx.asks', 'refuse', 'auth_request /_bailiwick/tickets;', 'auth_request /elsewhere;'],
      ['nginx.certificate', 'refuse', 'proxy_set_header X-Forwarded-Client-Cert $bailiwick_certificate;', ''],
      [
        'nginx.certificate_unverified',
        'refuse',
        /map \$ssl_client_verify[^}]*\}([^$]*)server \{/,
        'server { ssl_verify_client optional_no_ca; set $bailiwick_certificate $ssl_client_escaped_cert;',
      ],
      ['nginx.body', 'refuse', '/forward-auth/nginx/tickets', '/forward-auth/nginx/payments'],
      ['nginx.satisfy', 'refuse', 'auth_request /_bailiwick/tickets;', 'auth_request /_bailiwick/tickets; satisfy any;'],
      ['nginx.off', 'refuse', 'location @bailiwick_denied {', 'location /tickets/open { auth_request off; }\n location @bailiwick_denied {'],
      ['nginx.underscores', 'refuse', 'underscores_in_headers off', 'underscores_in_headers on'],
      ['nginx.error_page', 'refuse', 'error_page 403 = @bailiwick_denied', 'error_page 403 =200 /sorry'],
      ['nginx.retry', 'refuse', 'proxy_next_upstream off', 'proxy_next_upstream error non_idempotent'],
      ['nginx.unguarded', 'warn', 'location @bailiwick_denied {', 'location /open/ { proxy_pass http://tickets/; }\n location @bailiwick_denied {'],
    ],
  ],
  [
    'nginx/lua.conf',
    [
      // Enough without bodies.
      ['nginx.timeout', 'warn', 'proxy_read_timeout 500ms;', 'proxy_read_timeout 400ms;'],
      ['nginx.buffer', 'refuse', 'client_body_buffer_size 16m', 'client_body_buffer_size 64k'],
      ['nginx.http2', 'refuse', 'listen 8443 ssl;', 'listen 8443 ssl http2;'],
    ],
  ],
  [
    'caddy/Caddyfile',
    [
      ['caddy.identity', 'refuse', ' X-Bailiwick-Actor', ''],
      ['caddy.key', 'refuse', 'header_up X-Bailiwick-Gateway-Key {$BAILIWICK_GATEWAY_KEY}', ''],
      ['caddy.key_in_file', 'warn', '{$BAILIWICK_GATEWAY_KEY}', '0123456789'],
      ['caddy.timeout', 'warn', 'response_header_timeout 500ms', ''],
      ['caddy.timeout', 'warn', 'response_header_timeout 500ms', 'response_header_timeout 100ms'],
      ['caddy.uri', 'refuse', 'uri /forward-auth/caddy/tickets', 'uri /auth'],
      ['caddy.matcher', 'refuse', 'forward_auth 127.0.0.1:8421', 'forward_auth @some 127.0.0.1:8421'],
      ['caddy.handle_response', 'refuse', 'uri /forward-auth/caddy/tickets', 'uri /forward-auth/caddy/tickets\n\t\t\thandle_response @x {\n\t\t\t}'],
      ['caddy.body', 'refuse', '/forward-auth/caddy/tickets', '/forward-auth/caddy/payments'],
      ['caddy.body', 'refuse', '/forward-auth/caddy/tickets', '/forward-auth/caddy/models'],
      ['caddy.body', 'refuse', '/forward-auth/caddy/tickets', '/forward-auth/caddy/crm'],
      ['caddy.strip', 'warn', /request_header -X.Bailiwick.*/, ''],
      ['caddy.authorization', 'warn', 'request_header -Authorization', ''],
      ['caddy.certificate', 'refuse', /header_up Client-Cert .*/, ''],
      ['caddy.certificate_unverified', 'refuse', /##client_auth \{\n\t*##\tmode verify_if_given\n.*\n\t*##\}/, 'client_auth {\n mode request\n}'],
      ['caddy.retry', 'refuse', 'flush_interval -1', 'lb_retries 2'],
      ['caddy.forward_auth', 'refuse', 'forward_auth 127', 'other_auth 127'],
    ],
  ],
  [
    'haproxy/front.cfg',
    [
      ['haproxy.certificate', 'refuse', 'http-request del-header client-cert\n', ''],
      ['haproxy.certificate_unverified', 'refuse', ' { ssl_c_verify 0 }', ''],
      ['haproxy.key_in_file', 'warn', '"${BAILIWICK_FRONT_KEY}"', '0123456789'],
    ],
  ],
  [
    'haproxy/haproxy.cfg',
    [
      ['haproxy.asks', 'refuse', 'http-request lua.bailiwick', 'http-request lua.other'],
      ['haproxy.guard', 'refuse', /http-request deny deny_status 403 unless.*/, ''],
      ['haproxy.before', 'refuse', 'acl to_payments', 'http-request allow if { path /open }\n    acl to_payments'],
      ['haproxy.buffer', 'refuse', 'option http-buffer-request', ''],
      ['haproxy.bufsize', 'warn', 'tune.bufsize 262144', ''],
      ['haproxy.timeout', 'warn', 'tune.lua.session-timeout 2s', ''],
      ['haproxy.timeout', 'warn', 'tune.lua.session-timeout 2s', 'tune.lua.session-timeout 152'],
      ['haproxy.retries', 'refuse', 'retries 0', 'retries 3'],
      ['haproxy.retries', 'refuse', 'retries 0', 'retries 0\n    retry-on all-retryable-errors'],
      ['haproxy.certificate', 'refuse', 'http-request del-header client-cert\n', ''],
      ['haproxy.certificate_unverified', 'refuse', ' { ssl_c_verify 0 }', ''],
      ['haproxy.cache', 'refuse', 'acl to_payments', 'http-request cache-use c\n    acl to_payments'],
      ['haproxy.unguarded', 'warn', 'backend payments\n', 'frontend other\n    bind :1\n    default_backend payments\nbackend payments\n'],
    ],
  ],
  [
    'envoy/http.yaml',
    [
      ['envoy.path_prefix', 'refuse', 'path_prefix: /forward-auth/envoy/payments', 'path_prefix: /auth'],
      ['envoy.allowed_headers', 'refuse', '- { prefix: mcp-, ignore_case: true }', ''],
      ['envoy.allowed_upstream_headers', 'refuse', 'allowed_upstream_headers: { patterns: [{ prefix: x-bailiwick-, ignore_case: true }] }', ''],
      ['envoy.key', 'refuse', 'key: x-bailiwick-gateway-key', 'key: x-other'],
      ['envoy.timeout', 'warn', ', timeout: 0.5s', ''],
    ],
  ],
  [
    'traefik/dynamic.yaml',
    [
      ['traefik.address', 'refuse', '/forward-auth/traefik/payments', '/auth'],
      ['traefik.trust_forward_header', 'refuse', 'trustForwardHeader: false', 'trustForwardHeader: true'],
      ['traefik.trust_forward_header', 'warn', 'trustForwardHeader: false', ''],
      ['traefik.identity', 'refuse', 'X-Bailiwick-Actor, ', ''],
      ['traefik.body', 'refuse', 'forwardBody: true', 'forwardBody: false'],
      ['traefik.body', 'warn', /(?<=traefik\/)payments([^]*)forwardBody: true/, 'tickets\n        x: y'],
      ['traefik.max_body', 'warn', 'maxBodySize: 1048576', ''],
      ['traefik.key', 'refuse', 'X-Bailiwick-Gateway-Key', 'X-Other'],
      ['traefik.key_forwarded', 'refuse', "X-Bailiwick-Gateway-Key: ''", "X-Other: ''"],
      ['traefik.authorization', 'warn', "Authorization: ''", "X-Other: ''"],
      ['traefik.upgrade', 'refuse', "Upgrade: ''", "X-Other: ''"],
    ],
  ],
  [
    'traefik/traefik.yaml',
    [
      ['traefik.path', 'warn', 'allowEncodedSlash: false', 'allowEncodedSlash: true'],
      ['traefik.path', 'warn', 'sanitizePath: true', 'sanitizePath: false'],
      ['traefik.underscores', 'warn', 'underscoreHeadersStrategy: reject', 'underscoreHeadersStrategy: keep'],
    ],
  ],
  [
    'envoy-gateway/security-policy.yaml',
    [
      ['envoy_gateway.fail_open', 'refuse', 'failOpen: false', 'failOpen: true'],
      ['envoy_gateway.body', 'refuse', /bodyToExtAuth:.*/, ''],
      ['envoy_gateway.timeout', 'warn', 'timeout: 500ms', ''],
      ['envoy_gateway.timeout', 'warn', 'timeout: 500ms', 'timeout: 160ms'],
      ['envoy_gateway.recompute_route', 'warn', 'recomputeRoute: false', 'recomputeRoute: true'],
      ['envoy_gateway.key', 'refuse', 'name: bailiwick_key', 'name: other'],
      ['envoy_gateway.resource', 'warn', 'name: bailiwick_resource', 'name: other'],
      ['envoy_gateway.headers', 'refuse', 'grpc:', 'http:'],
      ['envoy_gateway.identity', 'refuse', 'grpc:', 'http:'],
      ['envoy_gateway.order', 'warn', /^(?=#)/, 'kind: HTTPRoute\napiVersion: gateway.networking.k8s.io/v1\nmetadata: { name: payments }\n---\n'],
    ],
  ],
  [
    'istio/grpc.yaml',
    [
      ['istio.fail_open', 'refuse', 'failOpen: false', 'failOpen: true'],
      ['istio.body', 'refuse', /includeRequestBodyInCheck:.*/, ''],
      ['istio.mtls', 'warn', 'mode: ISTIO_MUTUAL', 'mode: SIMPLE'],
      ['istio.mtls', 'warn', 'kind: DestinationRule', 'kind: ServiceEntry'],
    ],
  ],
  [
    'istio/mesh.yaml',
    [
      ['istio.fail_open', 'refuse', 'failOpen: false', 'failOpen: true'],
      ['istio.body', 'refuse', /includeRequestBodyInCheck:.*/, ''],
      ['istio.partial_body', 'refuse', 'allowPartialMessage: false', 'allowPartialMessage: true'],
      ['istio.pack_as_bytes', 'warn', ', packAsBytes: true', ''],
      ['istio.timeout', 'warn', 'timeout: 0.5s', ''],
      ['istio.timeout', 'warn', 'timeout: 0.5s', 'timeout: 0.16s'],
      ['istio.headers', 'refuse', /\n +authorization,(\n +dpop,)?\n +content-type,/, ''],
      ['istio.key', 'refuse', 'x-bailiwick-gateway-key', 'x-other'],
      ['istio.path_prefix', 'refuse', 'pathPrefix: /forward-auth/envoy/payments', 'pathPrefix: /auth'],
      ['istio.identity', 'refuse', /headersToUpstreamOnAllow:.*/, ''],
      ['istio.route_cache', 'warn', 'failOpen: false', 'clearRouteCache: true'],
      ['istio.rules', 'warn', 'rules: [{}]', 'rules: [{ to: [{ operation: { notPaths: [/x] } }] }]'],
      ['istio.rules', 'refuse', 'rules: [{}]', 'rules: []'],
      ['istio.tcp', 'warn', "methods: ['*']", 'paths: [/mcp]'],
      ['istio.tcp', 'warn', 'action: ALLOW', 'action: AUDIT'],
    ],
  ],
] satisfies [string, (readonly [check: string, status: string, from: string | RegExp, to: string])[]][])('%s', (path, faults) => {
  it.each(faults)('%s: %s', (check, status, from, to) => {
    const text = shipped(path)
    const faulty = text.replaceAll(typeof from === 'string' ? from : new RegExp(from, 'g'), () => to)
    expect(faulty).not.toBe(text)
    const { findings } = lint(faulty)
    expect(findings.map((finding) => `${finding.check} ${finding.status}`)).toContain(`${check} ${status}`)
    for (const finding of findings) expect(finding.costs, finding.check).toMatch(/\w/)
  })
})

it('knows what is no configuration of a gateway', () => {
  for (const text of ['', 'hello', '{ "a": 1 }', '- a\n- b\n', 'a: [', '\u0000']) expect(lint(text).name, JSON.stringify(text)).toBeUndefined()
})

it('reads the shipped files by path, as an operator names them', () => {
  for (const [path] of SHIPPED) expect(existsSync(new URL(`../../../gateways/${path}`, import.meta.url))).toBe(true)
})
