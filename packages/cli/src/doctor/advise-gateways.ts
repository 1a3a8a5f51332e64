// What cannot be seen from here: the gateways' own settings. Said for each configured door, with what a wrong one costs. Checks nothing.
import type { BailiwickConfig, GatewayConfig } from '@bailiwick/config'
import { readingAllowanceMs } from '@bailiwick/core'
import type { Recorder } from './finding.ts'

interface Advice {
  readonly setting: string
  readonly says: string
  readonly costs: string
}

const OPEN = 'while Bailiwick is down or slow every call passes, revoked or not'
const UNREAD = 'arguments cannot be read: bound tools deny, or a part of a body is judged and the whole is sent'

export function adviseGateways(config: BailiwickConfig, found: Recorder): void {
  for (const gateway of config.gateways) {
    for (const { setting, says, costs } of adviceFor(gateway, config)) found.advice(`gateway.${gateway.name}.${setting}`, `${gateway.name}: ${says}`, { costs })
  }
  if (config.gateways.length === 0) {
    found.warn('gateways', 'no gateway is configured', {
      costs: 'tokens are issued and nothing asks about their use: revoking ends nothing at a server',
      mend: 'add one to gateways',
    })
    return
  }
  found.advice('gateways.probe', 'prove it: send the same call twice through the gateway, and revoke its task in between', {
    costs: 'a cache or a bypass in the gateway is not seen from here: the second call must be denied, and `bailiwick decisions tail` must show both',
    mend: 'bailiwick doctor --probe <url>, and bailiwick doctor --gateway <its file>',
  })
}

function adviceFor(gateway: GatewayConfig, config: BailiwickConfig): readonly Advice[] {
  return [...chain(gateway), ...ofDoors(gateway, config)]
}

function chain({ followedBy }: GatewayConfig): readonly Advice[] {
  if (followedBy === undefined) return []
  const costs = 'a proof that was shown once passes again on the way around it: nobody has spent it'
  return [{ setting: 'followed_by', says: `nothing it lets pass reaches a server but through ${followedBy}`, costs }]
}

function ofDoors(gateway: GatewayConfig, config: BailiwickConfig): readonly Advice[] {
  return gateway.doors.flatMap((door): readonly Advice[] => {
    if (door === 'ext_authz') return gateway.dialect === 'agentgateway' ? agentgateway(gateway, config) : envoy(gateway, config)
    return [
      {
        setting: `${door}.timeout`,
        says: `its ${door} caller waits longer than ${answersWithinMs(gateway, config)} ms (limits.decision, and the reading of its largest body), at most 1 s, and treats no answer as a denial`,
        costs: OPEN,
      },
    ]
  })
}

function envoy(gateway: GatewayConfig, config: BailiwickConfig): readonly Advice[] {
  return [
    {
      setting: 'timeout',
      says: `ext_authz grpc_service.timeout 0.5s to 1s; the default is 200 ms, and Bailiwick answers within ${answersWithinMs(gateway, config)} ms (limits.decision, and the reading of its largest body)`,
      costs: 'a slow decision ends as a bare 403 of the gateway: the agent loses the reason, and its MCP session',
    },
    { setting: 'failure_mode', says: 'failure_mode_allow false, filter_enabled 100 %, no per-route disable', costs: OPEN },
    {
      setting: 'body',
      says: `with_request_body max_request_bytes ${bodyBytes(gateway, config)}, allow_partial_message false, pack_as_bytes true`,
      costs: UNREAD,
    },
    {
      setting: 'path',
      says: 'normalize_path and merge_slashes on; path_with_escaped_slashes_action and headers_with_underscores_action reject',
      costs: 'one path is judged and another is served',
    },
  ]
}

function agentgateway(gateway: GatewayConfig, config: BailiwickConfig): readonly Advice[] {
  return [
    {
      setting: 'timeout',
      says: `extAuthz policies.http.requestTimeout 0.5s to 1s; for gRPC there is none by default, and Bailiwick answers within ${answersWithinMs(gateway, config)} ms`,
      costs: 'a frozen Bailiwick hangs every call instead of denying it',
    },
    { setting: 'cache', says: 'no extAuthz.cache', costs: 'a revoked task passes until the cached allow is over: the kill switch is late by its ttl' },
    { setting: 'failure_mode', says: 'failureMode deny', costs: OPEN },
    {
      setting: 'body',
      says: `includeRequestBody maxRequestBytes ${bodyBytes(gateway, config)} (0, the default, is 413 for all), allowPartialMessage false, packAsBytes true`,
      costs: UNREAD,
    },
  ]
}

/** The longest a decision takes, about the largest body; a document around it is up to twice as large. */
function answersWithinMs(gateway: GatewayConfig, config: BailiwickConfig): number {
  return config.limits.decisionMs + readingAllowanceMs(2 * bodyBytes(gateway, config))
}

/** The largest body Bailiwick would judge at any resource of this gateway. */
function bodyBytes({ resources }: GatewayConfig, config: BailiwickConfig): number {
  return Math.max(...resources.map((name) => config.resources.get(name)?.maxBodyBytes ?? 0))
}
