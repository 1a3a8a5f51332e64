import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseResourceName } from '@bailiwick/core'
import type { Resource, ResourceName } from '@bailiwick/core'
import { constrain } from '../../src/exchange/constrain.ts'
import type { Ceiling, Target } from '../../src/exchange/model.ts'

const NOW = 1_800_000_000
const SCOPES = ['read', 'write', 'refund', 'admin'] as const
const NAMES = ['payments', 'tickets', 'crm'].map(nameOf)

function nameOf(text: string): ResourceName {
  const name = parseResourceName(text)
  if (name === undefined) throw new TypeError(text)
  return name
}

function resource(name: ResourceName, overrides: Partial<Resource> = {}): Resource {
  return {
    name,
    kind: 'mcp',
    uri: `https://${name}.example.com/mcp`,
    tokenLifetimeSeconds: 600,
    scopes: ['read', 'write'],
    unbound: [],
    mode: 'enforce',
    forwardToken: false,
    validatesMcpHeaders: false,
    maxBodyBytes: 1024,
    enrichAttributes: [],
    ...overrides,
  }
}

const payments = nameOf('payments')
const resources = new Map(NAMES.map((name) => [name, resource(name)] as const))
const target: Target = { asked: 'https://payments.example.com/mcp', key: 'https://payments.example.com/mcp', scope: ['read'] }
const ceiling: Ceiling = {
  client: { resources: [payments], scopes: ['read', 'write'] },
  task: { resources: [payments], expiresAt: NOW + 3600 },
  subjectScope: undefined,
  presentedUntil: [NOW + 3600],
  cnf: undefined,
}

describe('constrain', () => {
  it.each([
    ['dpop', undefined, 'dpop'],
    ['dpop', { 'x5t#S256': 'x' }, 'dpop'],
    ['mtls', undefined, 'mtls'],
    ['mtls', { jkt: 'x' }, 'mtls'],
    ['any', undefined, 'dpop'],
  ] as const)('refuses a resource that takes only tokens bound by %s to one bound by %o', (proof, cnf, missing) => {
    const bound = new Map([[payments, resource(payments, { proof })] as const])
    expect(constrain(bound, target, { ...ceiling, cnf }, NOW)).toMatchObject({ ok: false, denial: { reason: 'proof_missing', proof: missing } })
  })

  it.each([
    ['dpop', { jkt: 'x' }],
    ['mtls', { 'x5t#S256': 'x' }],
    ['any', { jkt: 'x' }],
    ['any', { 'x5t#S256': 'x' }],
  ] as const)('grants a resource that takes tokens bound by %s to one bound by %o', (proof, cnf) => {
    expect(constrain(new Map([[payments, resource(payments, { proof })] as const]), target, { ...ceiling, cnf }, NOW).ok).toBe(true)
  })

  it('grants the resource of the task with the requested scope for the lifetime of the resource', () => {
    expect(constrain(resources, target, ceiling, NOW)).toEqual({
      ok: true,
      value: { resource: resources.get(payments), scope: ['read'], expiresAt: NOW + 600 },
    })
  })

  it.each<[string, Target, Ceiling, string]>([
    ['a resource nobody configured', { ...target, key: 'https://evil.example.com/mcp' }, ceiling, 'resource_unknown'],
    ['a text that is neither name nor URI', { ...target, key: undefined }, ceiling, 'resource_unknown'],
    ['a longer URI with a known one as its beginning', { ...target, key: 'https://payments.example.com/mcp/admin' }, ceiling, 'resource_unknown'],
    ['a shorter URI than the known one', { ...target, key: 'https://payments.example.com' }, ceiling, 'resource_unknown'],
    ['a resource outside the task', { ...target, key: 'crm' }, { ...ceiling, client: { resources: NAMES, scopes: [] } }, 'not_in_task'],
    ['a resource outside the ceiling of the client', target, { ...ceiling, client: { resources: [], scopes: [] } }, 'not_in_client_ceiling'],
    ['a task without resources', target, { ...ceiling, task: { resources: [], expiresAt: NOW + 3600 } }, 'not_in_task'],
  ])('refuses %s', (_, asked, within, detail) => {
    expect(constrain(resources, asked, within, NOW)).toEqual({ ok: false, denial: { reason: 'target_refused', detail } })
  })

  it.each<[string, Target, Ceiling, string]>([
    ['a scope the resource does not define, even beside one it does', { ...target, scope: ['read', 'admin'] }, ceiling, 'scope_unknown'],
    ['every scope when the client has none', target, { ...ceiling, client: { resources: [payments], scopes: [] } }, 'no_scope_left'],
    ['every scope when the subject token has none', target, { ...ceiling, subjectScope: [] }, 'no_scope_left'],
    ['a scope the subject token lacks', { ...target, scope: ['write'] }, { ...ceiling, subjectScope: ['read'] }, 'no_scope_left'],
  ])('refuses %s', (_, asked, within, detail) => {
    expect(constrain(resources, asked, within, NOW)).toEqual({ ok: false, denial: { reason: 'scope_refused', detail } })
  })

  it('grants what is left of the requested scope, and an empty request grants nothing', () => {
    const some = constrain(resources, { ...target, scope: ['read', 'write'] }, { ...ceiling, subjectScope: ['write'] }, NOW)
    expect(some).toMatchObject({ ok: true, value: { scope: ['write'] } })
    expect(constrain(resources, { ...target, scope: undefined }, ceiling, NOW)).toMatchObject({ ok: true, value: { scope: [] } })
  })

  it.each([0, -1, -3600])('refuses when a presented token has %i seconds left', (left) => {
    expect(constrain(resources, target, { ...ceiling, presentedUntil: [NOW + left] }, NOW)).toMatchObject({ ok: false, denial: { reason: 'token_expired' } })
  })

  const subset = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...values])
  const cases = fc.record({
    key: fc.constantFrom(...NAMES, ...NAMES.map((name) => `https://${name}.example.com/mcp`), 'payroll', undefined),
    requested: fc.option(subset(SCOPES), { nil: undefined }),
    defined: subset(SCOPES),
    clientScopes: subset(SCOPES),
    subjectScope: fc.option(subset(SCOPES), { nil: undefined }),
    clientResources: subset(NAMES),
    taskResources: subset(NAMES),
    taskEnd: fc.integer({ min: -10, max: 7200 }),
    ends: fc.array(fc.integer({ min: -10, max: 7200 }), { maxLength: 2 }),
    lifetime: fc.integer({ min: 1, max: 3600 }),
  })

  it('never grants anything that one of its inputs does not allow', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const known = new Map(NAMES.map((name) => [name, resource(name, { scopes: one.defined, tokenLifetimeSeconds: one.lifetime })] as const))
        const outcome = constrain(
          known,
          { asked: 'x', key: one.key, scope: one.requested },
          {
            client: { resources: one.clientResources, scopes: one.clientScopes },
            task: { resources: one.taskResources, expiresAt: NOW + one.taskEnd },
            subjectScope: one.subjectScope,
            presentedUntil: one.ends.map((end) => NOW + end),
            cnf: undefined,
          },
          NOW,
        )
        if (!outcome.ok) return
        const { resource: granted, scope, expiresAt } = outcome.value
        expect([granted.name, granted.uri]).toContain(one.key)
        expect(one.clientResources).toContain(granted.name)
        expect(one.taskResources).toContain(granted.name)
        for (const each of scope) {
          expect(one.requested).toContain(each)
          expect(one.defined).toContain(each)
          expect(one.clientScopes).toContain(each)
          if (one.subjectScope !== undefined) expect(one.subjectScope).toContain(each)
        }
        if (one.requested !== undefined) expect(scope.length).toBeGreaterThan(0)
        expect(expiresAt).toBeGreaterThan(NOW)
        expect(expiresAt).toBe(Math.min(NOW + one.lifetime, NOW + one.taskEnd, ...one.ends.map((end) => NOW + end)))
      }),
      { numRuns: 500 },
    )
  })

  it('grants everything that all of its inputs allow, so that it does not narrow by refusing', () => {
    fc.assert(
      fc.property(subset(SCOPES), fc.constantFrom(...NAMES), (scopes, name) => {
        const known = new Map([[name, resource(name, { scopes })] as const])
        const within: Ceiling = {
          client: { resources: [name], scopes },
          task: { resources: [name], expiresAt: NOW + 60 },
          subjectScope: scopes,
          presentedUntil: [],
          cnf: undefined,
        }
        const requested = scopes.length === 0 ? undefined : scopes
        const outcome = constrain(known, { asked: name, key: name, scope: requested }, within, NOW)
        expect(outcome).toMatchObject({ ok: true, value: { scope: scopes, expiresAt: NOW + 60 } })
      }),
      { numRuns: 100 },
    )
  })
})
