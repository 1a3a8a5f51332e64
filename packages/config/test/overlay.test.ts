import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scalarSettings, variableOf } from '../src/overlay.ts'
import { openFolder, SECRET, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'

let folder: Folder
beforeAll(() => {
  folder = openFolder()
})
afterAll(() => folder.remove())

describe('the environment', () => {
  it('is stronger than the file, and options are stronger than the environment', () => {
    const env = { BAILIWICK_LISTEN: '127.0.0.1:1', BAILIWICK_LIMITS_BATCH_ITEMS: '3', BAILIWICK_LIMITS_MCP_BODY: '2MiB' }
    expect(folder.parse(VALID, env, { listen: '127.0.0.1:2' })).toMatchObject({
      ok: true,
      config: { listen: { shared: { port: 2 } }, limits: { batchItems: 3, mcpBodyBytes: 2_097_152, taskLifetimeSeconds: 604_800 } },
    })
  })

  it.each([
    [{ BAILIWICK_LISTEN: '0.0.0.0:1' }, 'environment BAILIWICK_LISTEN', 'loopback'],
    [{ BAILIWICK_DEVELOPMENT: '1' }, 'environment BAILIWICK_DEVELOPMENT', 'true or false'],
    [{ BAILIWICK_LIMITS_BATCH_ITEMS: '3x' }, 'environment BAILIWICK_LIMITS_BATCH_ITEMS', 'whole number'],
    [{ BAILIWICK_DATA: '' }, 'environment BAILIWICK_DATA', 'path'],
    [{ BAILIWICK_LISSEN: 'x' }, 'environment', 'knows'],
    [{ BAILIWICK_STORE_FILE: '/nonexistent' }, 'environment BAILIWICK_STORE_FILE', 'exists'],
  ])('is refused where it does not fit: %o', (env, source, expected) => {
    const result = folder.parse(VALID, env)
    expect(result.ok ? [] : result.problems).toContainEqual(expect.objectContaining({ source, expected: expect.stringContaining(expected) }))
  })

  it('of Kubernetes for a service of our name is not ours', () => {
    const env = {
      BAILIWICK_SERVICE_HOST: '10.0.0.1',
      BAILIWICK_SERVICE_PORT_HTTP: '8420',
      BAILIWICK_PORT: 'tcp://10.0.0.1:8420',
      BAILIWICK_PORT_8420_TCP_ADDR: '10.0.0.1',
    }
    expect(folder.parse(VALID, env)).toMatchObject({ ok: true })
  })

  it('gives secrets of named entries, directly or by file', () => {
    folder.write('rotated.key', `${SECRET}-rotated\n`)
    const env = { BAILIWICK_GATEWAYS_EDGE_SECRET_FILE: join(folder.directory, 'rotated.key'), BAILIWICK_PROFILES_DIRECTORY_SECRET: `${SECRET}-env` }
    const result = folder.parse(VALID, env)
    expect(result).toMatchObject({ ok: true, config: { profiles: [{ authentication: { secret: `${SECRET}-env` } }] } })
    const [edge] = result.ok ? result.config.gateways : []
    expect(edge?.authentication).toEqual({ method: 'shared_secret', secretHashes: [createHash('sha256').update(`${SECRET}-rotated`).digest()] })
  })

  it('is held to the same rules for secrets as a file', () => {
    const result = folder.parse(VALID, { BAILIWICK_GATEWAYS_EDGE_SECRET: 'short' })
    expect(result.ok ? [] : result.problems).toMatchObject([
      { path: 'gateways[0].secret_files', expected: expect.stringMatching(/32 bytes.* in BAILIWICK_GATEWAYS_EDGE_SECRET$/) },
    ])
    expect(JSON.stringify(result)).not.toContain('"short"')
  })

  it('has no variable for what stands in a trust list', () => {
    expect([...scalarSettings().keys()].filter((name) => /^(clients|resources|gateways|profiles|identity\.issuers)/.test(name))).toEqual([])
    expect(variableOf('limits.mcp_body')).toBe('BAILIWICK_LIMITS_MCP_BODY')
  })
})

describe('options', () => {
  it('that are no setting are refused with the nearest one', () => {
    const result = folder.parse(VALID, {}, { 'log.levl': 'debug' })
    expect(result.ok ? [] : result.problems).toMatchObject([{ source: 'option', suggestion: 'log.level' }])
  })
})
