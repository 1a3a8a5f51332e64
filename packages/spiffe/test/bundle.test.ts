import { mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Fault } from '@bailiwick/core'
import { makeTestTrustDomain } from '@bailiwick/kit/test-clients'
import type { TestTrustDomain } from '@bailiwick/kit/test-clients'
import { bundleFromFile, parseBundle } from '../src/index.ts'

let domain: TestTrustDomain
let directory: string
let file: string

beforeAll(async () => {
  domain = await makeTestTrustDomain('example.org')
})

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bailiwick-spiffe-'))
  file = join(directory, 'bundle.json')
})

afterEach(() => rmSync(directory, { recursive: true, force: true }))

const parse = (document: unknown) => parseBundle(new TextEncoder().encode(typeof document === 'string' ? document : JSON.stringify(document)))
const [key] = [() => domain.bundle.keys[0] ?? {}]

/** As operators and SPIRE helpers do it: a new file in place of the old. */
function replace(document: unknown): void {
  writeFileSync(`${file}.new`, typeof document === 'string' ? document : JSON.stringify(document))
  renameSync(`${file}.new`, file)
}

describe('a bundle document', () => {
  it('gives the keys for JWT-SVIDs with the algorithms that fit them', async () => {
    const rsa = await makeTestTrustDomain('rsa', 'RS256')
    const reading = parse({ ...domain.bundle, keys: [...domain.bundle.keys, ...rsa.bundle.keys] })
    expect(reading.ok && reading.bundle.keys.map(({ kid, algorithms }) => [kid, algorithms])).toEqual([
      ['example.org-authority', ['ES256']],
      ['rsa-authority', ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
    ])
    expect(reading.ok && reading.bundle.sequence).toBe(1)
  })

  it('passes over X.509 authorities, keys of no or unknown use, and unknown types', () => {
    const others = [
      { ...key(), use: 'x509-svid', x5c: ['AAAA'] },
      { ...key(), use: undefined },
      { ...key(), use: 'sig' },
      { kty: 'AKP', use: 'jwt-svid', kid: 'pq', pub: 'AA' },
      { kty: 'oct', use: 'jwt-svid', kid: 'o' },
      { kty: 'EC', crv: 'secp256k1', use: 'jwt-svid', kid: 'k', x: 'AA', y: 'AA' },
    ]
    const reading = parse({ keys: others })
    expect(reading.ok && reading.bundle.keys).toEqual([])
  })

  it('without keys is a document: it trusts nobody', () => {
    expect(parse({ keys: [] })).toEqual({ ok: true, bundle: { keys: [] } })
  })

  it('is refused when it holds what it should not, or is none', async () => {
    const { publicKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })
    const rsa = { ...(await exportJWK(publicKey)), use: 'jwt-svid', kid: 'r' }
    const cases: [unknown, string][] = [
      ['', 'not_json'],
      ['[]', 'not_a_bundle'],
      ['{}', 'not_a_bundle'],
      ['{"keys":[],"keys":[]}', 'not_json'],
      [{ keys: {} }, 'not_a_bundle'],
      [{ keys: ['x'] }, 'malformed_key'],
      [{ keys: Array.from({ length: 65 }, () => key()) }, 'not_a_bundle'],
      [{ keys: [], spiffe_sequence: -1 }, 'not_a_bundle'],
      [{ keys: [], spiffe_sequence: '1' }, 'not_a_bundle'],
      [{ keys: [{ ...key(), d: 'AAAA' }] }, 'private_key'],
      [{ keys: [{ ...key(), kid: undefined }] }, 'malformed_key'],
      [{ keys: [{ ...key(), x: 'AAAA' }] }, 'malformed_key'],
      [{ keys: [key(), key()] }, 'duplicate_kid'],
      [{ keys: [{ ...rsa, e: 'AQ' }] }, 'weak_key'],
      [{ keys: [{ ...rsa, n: String(rsa.n).slice(0, 171) }] }, 'weak_key'],
      [' '.repeat(1_048_577), 'too_large'],
    ]
    for (const [document, problem] of cases) expect([document, parse(document)]).toEqual([document, { ok: false, problem }])
  })
})

describe('a bundle file', () => {
  it('that is missing or broken stops the start', () => {
    expect(() => bundleFromFile(file)).toThrow(Fault)
    writeFileSync(file, '{')
    expect(() => bundleFromFile(file)).toThrow(TypeError)
  })

  it('is read again when it changes', () => {
    writeFileSync(file, JSON.stringify(domain.bundle))
    const source = bundleFromFile(file)
    expect(source.current().keys).toHaveLength(1)
    replace({ keys: [], spiffe_sequence: 2 })
    expect(source.current().keys).toEqual([])
    expect(source.problem()).toBeUndefined()
  })

  it('that became broken, or older, leaves the last good one in use and says so', () => {
    writeFileSync(file, JSON.stringify({ ...domain.bundle, spiffe_sequence: 5 }))
    const source = bundleFromFile(file)
    for (const [document, problem] of [
      ['{"keys":', 'not_json'],
      [{ keys: [], spiffe_sequence: 4 }, 'sequence_went_back'],
      [{ keys: [] }, 'sequence_went_back'],
    ]) {
      replace(document)
      expect(source.current().keys).toHaveLength(1)
      expect(source.problem()).toBe(problem)
    }
    replace({ keys: [], spiffe_sequence: 6 })
    expect(source.current().keys).toEqual([])
    expect(source.problem()).toBeUndefined()
    replace({ ...domain.bundle, spiffe_sequence: 5 })
    expect(source.current().keys).toEqual([])
  })

  it('that is gone is a fault until it is back', () => {
    writeFileSync(file, JSON.stringify(domain.bundle))
    const source = bundleFromFile(file)
    unlinkSync(file)
    expect(() => source.current()).toThrow(Fault)
    replace(domain.bundle)
    expect(source.current().keys).toHaveLength(1)
  })
})
