// Issuer, policy engine, people at control, limits, audit. Unsafe combinations are refused here.
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import type { AuditConfig, ControlConfig, LimitsConfig, PolicyConfig, StoreConfig } from '../model.ts'
import type { auditSchema, controlSchema, limitsSchema, policySchema } from '../schema/house.ts'
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

export function compileControl(
  bench: Bench,
  raw: z.output<typeof controlSchema>,
  { issuerAudiences, dataDirectory }: { readonly issuerAudiences: ReadonlySet<string>; readonly dataDirectory: string },
): ControlConfig {
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
  return {
    audiences: raw.audiences,
    operators: raw.operators,
    operatorsDirectory: raw.operators_directory === undefined ? dataDirectory : resolvePath(bench, raw.operators_directory),
  }
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
