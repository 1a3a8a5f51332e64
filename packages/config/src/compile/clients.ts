// Clients: how each proves itself and what it may ask for. Ceilings only narrow; nothing here widens by being left out.
import { parseClientId, parseResourceName } from '@bailiwick/core'
import type { ClientId, ResourceName } from '@bailiwick/core'
import type { ClientConfig, TaskTemplate } from '../model.ts'
import type { RawClient, RawResource } from '../schema/schema.ts'
import { checkNoRepeats, checkReference, checkUnique } from './bench.ts'
import type { Bench, Entry } from './bench.ts'
import { compileAuthentication } from './client-authentication.ts'
import type { CertificatesSeen } from './client-authentication.ts'
import { nullRecord } from './null-record.ts'
import { brandNames } from './resources.ts'

/** What the rules of a client look at elsewhere in the file. */
export interface AroundClients {
  readonly taskLifetimeSeconds: number | undefined
  readonly trustDomain: string | undefined
  readonly kinds: ReadonlyMap<string, RawClient['kind']>
  readonly resources: readonly RawResource[]
  readonly certificates: CertificatesSeen
}

export function compileClients(bench: Bench, entries: readonly Entry<RawClient>[], around: AroundClients): ReadonlyMap<ClientId, ClientConfig> {
  checkUnique(
    bench,
    entries,
    (client) => client.id,
    (entry) => [...entry.path, 'id'],
    'an id no other client has',
  )
  checkUnique(
    bench,
    entries,
    (client) => client.spiffe_id,
    (entry) => [...entry.path, 'spiffe_id'],
    'a SPIFFE ID no other client has',
  )
  checkUnique(
    bench,
    entries,
    (client) => client.san,
    (entry) => [...entry.path, 'san'],
    'a name no other client has',
  )
  checkUnique(
    bench,
    entries,
    (client) => client.subject_dn,
    (entry) => [...entry.path, 'subject_dn'],
    'a name no other client has',
  )
  const clients = new Map<ClientId, ClientConfig>()
  for (const entry of entries) {
    const client = compileClient(bench, entry, around)
    if (client !== undefined) clients.set(client.id, client)
  }
  return clients
}

function compileClient(bench: Bench, entry: Entry<RawClient>, around: AroundClients): ClientConfig | undefined {
  const { path, raw } = entry
  const id = parseClientId(raw.id)
  const authentication = compileAuthentication(bench, entry, around)
  checkKind(bench, entry, around)
  raw.resources.forEach((name, index) => checkReference(bench, [...path, 'resources', index], 'resources', name))
  raw.acts_for.forEach((name, index) => checkReference(bench, [...path, 'acts_for', index], 'aliases', name))
  raw.may_delegate_to.forEach((name, index) => {
    if (!checkReference(bench, [...path, 'may_delegate_to', index], 'clients', name)) return
    const kind = around.kinds.get(name)
    if (kind !== undefined && kind !== 'agent') bench.add([...path, 'may_delegate_to', index], 'a client of kind agent')
  })
  for (const setting of ['resources', 'acts_for', 'may_delegate_to', 'scopes'] as const) checkNoRepeats(bench, [...path, setting], raw[setting])
  checkScopes(bench, entry, around)
  if (raw.resource !== undefined) checkReference(bench, [...path, 'resource'], 'resources', raw.resource)
  const template = compileTemplate(bench, entry, around)
  const resource = parseResourceName(raw.resource)
  if (id === undefined || authentication === undefined) return undefined
  return {
    id,
    kind: raw.kind,
    ...(raw.name === undefined ? {} : { name: raw.name }),
    authentication,
    ...(raw.proof === undefined ? {} : { proof: raw.proof }),
    mayLaunch: raw.may_launch,
    actsFor: raw.acts_for,
    resources: brandNames(raw.resources),
    mayDelegateTo: raw.may_delegate_to.flatMap((name) => parseClientId(name) ?? []),
    scopes: raw.scopes,
    ...(template === undefined ? {} : { taskTemplate: template }),
    ...(resource === undefined ? {} : { resource }),
    ...(raw.agent === undefined ? {} : { agent: compileDeclared(raw.agent) }),
  }
}

/** Settings that mean something for one kind only; elsewhere they would be a promise nobody keeps. */
function checkKind(bench: Bench, { path, raw }: Entry<RawClient>, around: AroundClients): void {
  const refuse = (setting: string, expected: string): void => bench.add([...path, setting], expected, { at: 'key' })
  if (raw.proof !== undefined && raw.kind !== 'agent' && raw.kind !== 'launcher') refuse('proof', 'kind: agent or launcher beside proof: others get no tokens')
  if (raw.proof === 'mtls' && !around.certificates.verified && raw.authentication !== 'self_signed_tls_client_auth')
    refuse('proof', 'listen.tls.client_ca or listen.front beside proof: mtls: whose certificates count')
  if (raw.may_launch && raw.kind !== 'launcher') refuse('may_launch', 'kind: launcher for a client that creates tasks for others')
  if (raw.acts_for.length > 0 && !raw.may_launch) refuse('acts_for', 'may_launch: true beside acts_for')
  if (raw.task_template !== undefined && raw.kind !== 'agent') refuse('task_template', 'kind: agent for a client with a task_template')
  if (raw.may_delegate_to.length > 0 && raw.kind !== 'agent') refuse('may_delegate_to', 'kind: agent for a client that delegates')
  if (raw.agent !== undefined && raw.kind !== 'agent') refuse('agent', 'kind: agent beside a description of an agent')
  if (raw.kind === 'resource' && raw.resource === undefined) refuse('resource', 'the resource this client serves')
  if (raw.kind !== 'resource' && raw.resource !== undefined) refuse('resource', 'kind: resource beside resource')
  if ((raw.kind === 'resource' || raw.kind === 'node') && raw.resources.length > 0) refuse('resources', 'no resources: a client of this kind gets no tokens')
}

function checkScopes(bench: Bench, { path, raw }: Entry<RawClient>, around: AroundClients): void {
  const defined = new Set(around.resources.filter((resource) => raw.resources.includes(resource.name)).flatMap((resource) => resource.scopes))
  // Where a named resource did not parse, its scopes are unknown: say nothing rather than something wrong.
  const complete = raw.resources.every((name) => around.resources.some((resource) => resource.name === name))
  raw.scopes.forEach((scope, index) => {
    if (complete && !defined.has(scope)) bench.add([...path, 'scopes', index], "a scope one of the client's resources defines")
  })
}

function compileTemplate(bench: Bench, entry: Entry<RawClient>, around: AroundClients): TaskTemplate | undefined {
  const { task_template: raw } = entry.raw
  if (raw === undefined) return undefined
  const path = [...entry.path, 'task_template']
  raw.resources.forEach((name, index) => {
    if (checkReference(bench, [...path, 'resources', index], 'resources', name) && !entry.raw.resources.includes(name)) {
      bench.add([...path, 'resources', index], "one of the client's own resources")
    }
  })
  checkNoRepeats(bench, [...path, 'resources'], raw.resources)
  if (around.taskLifetimeSeconds !== undefined && raw.lifetime > around.taskLifetimeSeconds)
    bench.add([...path, 'lifetime'], 'a lifetime within limits.task_lifetime')
  const resources: readonly ResourceName[] = brandNames(raw.resources)
  return { resources, lifetimeSeconds: raw.lifetime, ...(raw.purpose === undefined ? {} : { purpose: raw.purpose }), binding: nullRecord(raw.binding) }
}

function compileDeclared(raw: NonNullable<RawClient['agent']>): NonNullable<ClientConfig['agent']> {
  return {
    ...(raw.harness === undefined ? {} : { harness: raw.harness }),
    ...(raw.harness_version === undefined ? {} : { harnessVersion: raw.harness_version }),
    ...(raw.model === undefined ? {} : { model: raw.model }),
  }
}
