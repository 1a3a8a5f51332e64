// Opens everything the services share, in the order they need each other: the journal first (it remembers the store), the store, keys, policy.
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { openJournal, openShippedRecords } from '@bailiwick/audit'
import type { Journal, ShippedRecords } from '@bailiwick/audit'
import { systemClock } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import type { BailiwickConfig } from '@bailiwick/config'
import { ensureFirstOperator, openOperatorRegistry } from '@bailiwick/control'
import type { OperatorRegistry } from '@bailiwick/control'
import { createCerbosDecider, superviseCerbos } from '@bailiwick/policy'
import type { Decider } from '@bailiwick/policy'
import { createEnricher } from '@bailiwick/profiles'
import type { ProfileEnricher } from '@bailiwick/profiles'
import { openMetrics, openTracing } from '@bailiwick/runtime'
import type { Logger, ProcessMetrics, Tracing, TracingSettings } from '@bailiwick/runtime'
import { bundleFromFile, createJwtSvidVerifier } from '@bailiwick/spiffe'
import type { JwtSvidVerifier } from '@bailiwick/spiffe'
import { openTaskStore } from '@bailiwick/task-state'
import type { OpenedTaskStore, RecoveryGate, TaskStore } from '@bailiwick/task-state'
import { createClientAuthenticator, createIssuerVerifier } from '@bailiwick/tokens'
import type { ClientAuthenticator, IssuerVerifier, KeyRing, TokenVerifier } from '@bailiwick/tokens'
import type { Closers } from './closers.ts'
import { openKeys } from './keys.ts'
import { ownVersion } from './own-version.ts'
import { watchDecider, watchJournal, watchStore } from './watched.ts'

/** What every service is built from. */
export interface Parts {
  readonly config: BailiwickConfig
  readonly clock: Clock
  readonly log: Logger
  readonly nodeId: string
  readonly journal: Journal
  readonly shipped: ShippedRecords
  readonly store: TaskStore
  /** Only where several nodes share the store. */
  readonly gate?: RecoveryGate
  readonly keys: TokenVerifier
  /** The same where this process signs. */
  readonly ring?: KeyRing
  readonly issuers: IssuerVerifier
  readonly svids?: JwtSvidVerifier
  readonly clients: ClientAuthenticator
  readonly decider: Decider
  readonly profiles: ProfileEnricher
  readonly operators: OperatorRegistry
  readonly metrics: ProcessMetrics
  readonly tracing: Tracing
  /** Where control runs: where the first operator's token lies, and the token itself when it was made now. */
  readonly firstOperator?: { readonly path: string; readonly token?: string }
}

export interface PartsOptions {
  readonly config: BailiwickConfig
  readonly log: Logger
  /** Where traces go; nothing is traced without it. */
  readonly tracing?: TracingSettings | undefined
}

export async function openParts({ config, log, tracing: tracingSettings }: PartsOptions, closers: Closers): Promise<Parts> {
  const clock = systemClock
  const version = ownVersion()
  const metrics = closers.add(await openMetrics({ clock, version }), (it) => it.close())
  const tracing = closers.add(await openTracing(tracingSettings, { clock, log, version }), (it) => it.close())
  const nodeId = config.node.id
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 })
  chmodSync(config.dataDirectory, 0o700)
  const openedJournal = closers.add(await openJournal({ file: config.audit.file, node: nodeId, clock, reservedBytes: config.audit.reservedBytes }), (it) =>
    it.close(),
  )
  metrics.watchAuditQueue(() => openedJournal.waiting())
  const journal = watchJournal(openedJournal, metrics)
  const shipped = closers.add(openShippedRecords({ file: join(config.dataDirectory, 'shipped.db'), clock, reservedBytes: config.audit.reservedBytes }), (it) =>
    it.close(),
  )
  const opened = await openStore({ config, log }, openedJournal, clock)
  const store = watchStore(
    closers.add(opened.store, (it) => it.close()),
    metrics,
  )
  const keys = await openKeys(config, clock, log, closers)
  const issuers = closers.add(
    createIssuerVerifier({
      issuers: config.identity.issuers,
      clock,
      report: ({ issuerAlias, code, cause }) => log.warn({ issuer: issuerAlias, code, err: cause }, 'issuer not usable'),
    }),
    (it) => it.close(),
  )
  const svids = svidVerifier(config, clock)
  const clients = createClientAuthenticator({
    issuer: config.issuer,
    clients: config.clients,
    clock,
    consumeOnce: (key, untilSeconds, nowSeconds, issuedAtSeconds) => store.consumeOnce(key, untilSeconds, nowSeconds, issuedAtSeconds),
    ...(svids === undefined ? {} : { verifySvid: (token, audiences, nowSeconds) => svids.verify(token, audiences, nowSeconds) }),
  })
  const address = await policyAddress(config, log, closers)
  const decider = watchDecider(
    closers.add(createCerbosDecider({ address, clock }), (it) => it.close()),
    metrics,
  )
  const profiles = closers.add(createEnricher({ sources: config.profiles, clock, observe: (read) => metrics.enriched(read) }), (it) => it.close())
  const operators = openOperatorRegistry({ directory: config.control.operatorsDirectory, clock })
  const firstOperator = config.services.includes('control') ? ensureFirstOperator(operators, config.dataDirectory) : undefined
  return {
    config,
    clock,
    log,
    nodeId,
    journal,
    shipped,
    store,
    ...(opened.gate === undefined ? {} : { gate: opened.gate }),
    keys: keys.verifier,
    ...(keys.ring === undefined ? {} : { ring: keys.ring }),
    issuers,
    ...(svids === undefined ? {} : { svids }),
    clients,
    decider,
    profiles,
    operators,
    metrics,
    tracing,
    ...(firstOperator === undefined ? {} : { firstOperator }),
  }
}

async function openStore({ config, log }: Pick<PartsOptions, 'config' | 'log'>, { ledger }: Journal, clock: Clock): Promise<OpenedTaskStore> {
  return await openTaskStore({
    config,
    ledger,
    clock,
    servesControl: config.services.includes('control'),
    report: (told) => (told.event === 'open' ? log.info(told, 'task store') : log.warn(told, 'task store')),
  })
}

function svidVerifier(config: BailiwickConfig, clock: Clock): JwtSvidVerifier | undefined {
  const spiffe = config.identity.spiffe
  if (spiffe?.bundleFile === undefined) return undefined
  return createJwtSvidVerifier({ trustDomain: spiffe.trustDomain, bundle: bundleFromFile(spiffe.bundleFile), clock })
}

async function policyAddress(config: BailiwickConfig, log: Logger, closers: Closers): Promise<string> {
  if (config.policy.engine === 'grpc') return config.policy.address
  const cerbos = closers.add(await superviseCerbos({ directory: config.policy.directory, log }), (it) => it.close())
  return cerbos.address
}
