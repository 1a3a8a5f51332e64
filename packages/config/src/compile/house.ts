// Addresses, data folder, store, keys, policy engine, limits, audit. Unsafe combinations are refused here.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import type { Address, AuditConfig, ControlConfig, KeysConfig, LimitsConfig, ListenConfig, PolicyConfig, StoreConfig } from '../model.ts'
import type { auditSchema, controlSchema, keysSchema, limitsSchema, listenSchema, policySchema } from '../schema/house.ts'
import { URL_EXPECTED, checkUrl, isLoopbackHost } from '../loopback.ts'
import { checkNoRepeats, checkUnique, resolvePath } from './bench.ts'
import type { Bench } from './bench.ts'
import { NOT_BUILT } from './not-built.ts'

export function compileIssuer(bench: Bench, issuer: string, development: boolean): string {
  const checked = checkUrl(issuer, { http: development ? 'loopback' : 'never', path: false })
  if (!checked.ok) bench.add(['issuer'], URL_EXPECTED[checked.problem])
  else if (development && !isLoopbackHost(checked.url.hostname)) {
    bench.add(['development'], 'false: development needs an issuer on a loopback host')
  }
  return issuer
}

export function isLoopbackIssuer(issuer: unknown): boolean {
  const url = typeof issuer === 'string' ? URL.parse(issuer) : null
  return url !== null && isLoopbackHost(url.hostname)
}

export function compileListen(bench: Bench, raw: z.output<typeof listenSchema>): ListenConfig {
  if (typeof raw === 'string') {
    if (!bench.unsafeAllowed)
      bench.add(['listen'], 'a map of agents, gateways and operators to three addresses; one address for all needs development: true and a loopback issuer')
    return { shared: compileAddress(bench, ['listen'], raw) }
  }
  const planes = {
    agents: compileAddress(bench, ['listen', 'agents'], raw.agents),
    gateways: compileAddress(bench, ['listen', 'gateways'], raw.gateways),
    operators: compileAddress(bench, ['listen', 'operators'], raw.operators),
  }
  // All addresses are loopback: the port alone tells them apart (127.0.0.1 and localhost are one place). Port 0 is a new one each time.
  const used = new Set<number>()
  for (const [plane, address] of Object.entries(planes)) {
    if (address.port !== 0 && used.has(address.port) && !bench.unsafeAllowed) {
      bench.add(['listen', plane], 'a port of its own; planes share one only with development: true and a loopback issuer')
    }
    used.add(address.port)
  }
  return planes
}

function compileAddress(bench: Bench, path: readonly string[], text: string): Address {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon)
  const port = Number(text.slice(colon + 1))
  if (port > 65_535) bench.add(path, 'a port from 0 to 65535')
  if (!isLoopbackHost(host)) bench.add(path, NOT_BUILT.listen)
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port }
}

export function compileKeys(bench: Bench, raw: z.output<typeof keysSchema>, dataDirectory: string): KeysConfig {
  return { directory: raw.directory === undefined ? join(dataDirectory, 'keys') : resolvePath(bench, raw.directory), algorithm: raw.algorithm }
}

export function compilePolicy(bench: Bench, raw: z.output<typeof policySchema>): PolicyConfig {
  if (raw.engine === 'supervised') {
    const directory = resolvePath(bench, raw.directory)
    if (statSync(directory, { throwIfNoEntry: false })?.isDirectory() !== true) bench.add(['policy', 'directory'], 'a folder of Cerbos policies that exists')
    return { engine: 'supervised', directory }
  }
  if (!raw.address.startsWith('unix:')) {
    const host = raw.address.slice(0, raw.address.lastIndexOf(':'))
    // Whoever can answer in the place of the policy engine can allow anything.
    if (!isLoopbackHost(host)) bench.add(['policy', 'address'], NOT_BUILT.policyAddress)
  }
  return { engine: 'grpc', address: raw.address }
}

export function compileControl(bench: Bench, raw: z.output<typeof controlSchema>, issuerAudiences: ReadonlySet<string>): ControlConfig {
  raw.audiences.forEach((audience, index) => {
    // One audience for both would make every subject_token a control credential.
    if (issuerAudiences.has(audience)) bench.add(['control', 'audiences', index], 'an audience that no issuer lists: subject tokens must never open control')
  })
  checkNoRepeats(bench, ['control', 'audiences'], raw.audiences)
  const operators = raw.operators.map((operator, index) => ({ path: ['control', 'operators', index], raw: operator }))
  checkUnique(
    bench,
    operators,
    (operator) => operator.name,
    (entry) => [...entry.path, 'name'],
    'a name no other operator has',
  )
  for (const { path, raw: operator } of operators) checkNoRepeats(bench, [...path, 'rights'], operator.rights)
  return raw
}

export function compileLimits(raw: z.output<typeof limitsSchema>): LimitsConfig {
  return {
    mcpBodyBytes: raw.mcp_body,
    llmBodyBytes: raw.llm_body,
    tokenBytes: raw.token,
    taskLifetimeSeconds: raw.task_lifetime,
    decisionMs: raw.decision,
    exchangeMs: raw.exchange,
    batchItems: raw.batch_items,
  }
}

export function compileAudit(bench: Bench, raw: z.output<typeof auditSchema>, dataDirectory: string, store: StoreConfig): AuditConfig {
  const file = raw.file === undefined ? join(dataDirectory, 'audit.db') : resolvePath(bench, raw.file)
  // The journal remembers what the store must not forget; one file for both would lose them together.
  if (store.kind === 'sqlite' && file === store.file) bench.add(['audit', 'file'], 'another file than the store')
  return { file, clearArguments: raw.clear_arguments, profileAttributes: raw.profile_attributes, reservedBytes: raw.reserved }
}
