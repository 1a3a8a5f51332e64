import { parseClientId, parseResourceName } from '@bailiwick/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '../src/index.ts'
import type { BailiwickConfig } from '../src/index.ts'
import { openFolder, SECRET, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'
import { join } from 'node:path'
import { createHash } from 'node:crypto'

let folder: Folder
beforeAll(() => {
  folder = openFolder()
})
afterAll(() => folder.remove())

function valid(): BailiwickConfig {
  const result = folder.parse(VALID)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.config
}

describe('a valid file', () => {
  it('becomes the values the services use', () => {
    const config = valid()
    expect(config.listen).toEqual({ shared: { host: '127.0.0.1', port: 8420 } })
    expect(config.dataDirectory).toBe(join(folder.directory, 'data'))
    expect(config.keys).toEqual({ kind: 'directory', directory: join(folder.directory, 'data/keys'), algorithm: 'ES256' })
    expect(config.limits).toMatchObject({ mcpBodyBytes: 1_048_576, taskLifetimeSeconds: 604_800, decisionMs: 150 })
    const payments = parseResourceName('payments')
    expect(payments && config.resources.get(payments)).toMatchObject({
      tokenLifetimeSeconds: 600,
      maxBodyBytes: 1_048_576,
      bind: { refund_issue: { ticket_id: '/ticket_id' } },
    })
    const triage = parseClientId('triage-agent')
    expect(triage && config.clients.get(triage)).toMatchObject({
      authentication: { method: 'spiffe_jwt', spiffeId: 'spiffe://example.org/agent/triage' },
      taskTemplate: { lifetimeSeconds: 1800, binding: { queue: 'inbox' } },
      mayLaunch: false,
      actsFor: [],
    })
    const portal = parseClientId('support-portal')
    expect(portal && config.clients.get(portal)?.authentication).toMatchObject({ method: 'private_key_jwt', algorithms: ['ES256'] })
  })

  it('keeps of a gateway secret only its hash', () => {
    const [edge] = valid().gateways
    expect(edge?.authentication).toEqual({ method: 'shared_secret', secretHashes: [createHash('sha256').update(SECRET).digest()] })
  })

  it('spells out which issuers a source covers where the file leaves them out', () => {
    expect(valid().profiles[0]?.issuers).toEqual(['corp'])
  })

  it('finds nothing under names that every object has', () => {
    const config = valid()
    const payments = parseResourceName('payments')
    const bind = payments === undefined ? undefined : config.resources.get(payments)?.bind
    const roles = config.profiles[0]?.roles?.map
    for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
      expect(bind?.[name]).toBeUndefined()
      expect(bind?.['refund_issue']?.[name]).toBeUndefined()
      expect(roles?.[name]).toBeUndefined()
    }
    expect(roles?.['leads']).toBe('tier-2-lead')
  })

  it('is frozen, maps included', () => {
    const config = valid()
    expect(() => Object.assign(config, { development: false })).toThrow(TypeError)
    expect(() => Object.assign(config.limits, { decisionMs: 1 })).toThrow(TypeError)
    expect(() => (config.clients instanceof Map ? config.clients.clear() : undefined)).toThrow('immutable')
  })
})

describe('problems', () => {
  it('are all reported at once, with their places and without any value', () => {
    const bad = VALID.replace('development: true', 'develpment: true')
      .replace('token_lifetime: 10m', 'token_lifetime: tomorrow')
      .replace('acts_for: [corp]', 'acts_for: [korp]')
    const result = folder.parse(bad)
    const found = result.ok ? [] : result.problems
    expect(found).toContainEqual(expect.objectContaining({ path: 'develpment', line: 3, column: 1, suggestion: 'development' }))
    expect(found).toContainEqual(expect.objectContaining({ path: 'clients[0].acts_for[0]', line: 20, column: 16, suggestion: 'corp' }))
    expect(found).toContainEqual(expect.objectContaining({ path: 'resources[0].token_lifetime', line: 40, column: 21 }))
    expect(JSON.stringify(found)).not.toMatch(/tomorrow|korp/)
  })

  it('of one bad entry do not hide those of its neighbours', () => {
    const bad = VALID.replace('kind: launcher', 'kind: lancher').replace('spiffe://example.org/agent/triage', 'spiffe://other.org/agent/triage')
    const result = folder.parse(bad)
    const paths = result.ok ? [] : result.problems.map((problem) => problem.path)
    expect(paths).toEqual(['clients[0].kind', 'clients[2].spiffe_id'])
  })

  it('name the file even when it is not there', () => {
    const result = loadConfig({ file: join(folder.directory, 'nothing.yaml'), env: {} })
    expect(result.ok ? [] : result.problems).toEqual([
      { source: join(folder.directory, 'nothing.yaml'), path: '(document)', expected: 'a configuration file that exists and can be read' },
    ])
  })
})

describe('the YAML itself', () => {
  const refusals: readonly (readonly [string, string, string])[] = [
    ['an alias', 'a: &x [1]\nissuer: *x\n', 'aliases'],
    ['an alias bomb', `a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n`, 'anchors'],
    ['a tag', 'issuer: !!str http://127.0.0.1\n', 'tags'],
    ['a local tag', 'issuer: !env ISSUER\n', 'tags'],
    ['a repeated key', `${VALID}limits: {}\n`, 'once'],
    ['a merge key', `${VALID}<<: { log: { level: debug } }\n`, '<<'],
    ['a prototype key', `${VALID}__proto__: { development: true }\n`, '__proto__'],
    ['a YAML 1.1 directive', `%YAML 1.1\n---\n${VALID}`, '%YAML'],
    ['a second document', `${VALID}---\nissuer: x\n`, 'one YAML document'],
    ['a list', '- 1\n', 'a map of settings'],
    ['nothing', '', 'a map of settings'],
    ['a number as a key', `${VALID}1: 2\n`, 'plain text'],
    ['deep nesting', `x: ${'['.repeat(40)}${']'.repeat(40)}\n`, 'nesting'],
  ]
  it.each(refusals)('is refused with %s', (_what, yaml, expected) => {
    const result = folder.parse(yaml)
    expect(result.ok ? [] : result.problems.map((problem) => problem.expected).join('\n')).toContain(expected)
  })

  it('is refused above 1 MiB', () => {
    expect(folder.parse(`${VALID}# ${'x'.repeat(1024 * 1024)}`)).toMatchObject({ ok: false, problems: [{ expected: 'a file of at most 1 MiB' }] })
  })
})
