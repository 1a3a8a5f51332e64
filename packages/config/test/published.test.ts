// What is published about the format stays true: the JSON Schema, the sample, the documentation.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { configJsonSchema, redactConfig } from '../src/index.ts'
import { scalarSettings } from '../src/overlay.ts'
import { openFolder, PUBLIC_JWK, SECRET, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'

const docs = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

let folder: Folder
beforeAll(() => {
  folder = openFolder()
})
afterAll(() => folder.remove())

describe('the published JSON Schema', () => {
  it('is current (npm run generate)', () => {
    expect(JSON.parse(docs('bailiwick.schema.json'))).toEqual(configJsonSchema())
  })

  it('closes every section, so that an editor marks a misspelt setting', () => {
    expect(configJsonSchema()).toMatchObject({ type: 'object', additionalProperties: false, properties: { limits: { additionalProperties: false } } })
  })

  it('holds only patterns another engine can read', () => {
    const patterns = [...JSON.stringify(configJsonSchema()).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map((match) => JSON.parse(match[1] ?? '""') as string)
    expect(patterns.length).toBeGreaterThan(10)
    for (const pattern of patterns) expect(() => new RegExp(pattern, 'u')).not.toThrow()
  })
})

describe('the sample', () => {
  it('loads', () => {
    for (const name of ['support-portal', 'refund-agent', 'payments-server']) folder.write(`${name}.jwks.json`, JSON.stringify({ keys: [PUBLIC_JWK] }))
    const result = folder.parse(docs('bailiwick.sample.yaml'))
    expect(result.ok ? [] : result.problems).toEqual([])
  })

  it('names its schema in the first line', () => {
    expect(docs('bailiwick.sample.yaml').split('\n', 1)).toEqual(['# yaml-language-server: $schema=./bailiwick.schema.json'])
  })
})

describe('the documentation', () => {
  it('names every setting', () => {
    const text = docs('configuration.md')
    const missing = [...settingNames(configJsonSchema())].filter((name) => !text.includes(`\`${name}\``))
    expect(missing).toEqual([])
  })

  it('gives the variable of settings that have one', () => {
    expect(scalarSettings().size).toBeGreaterThan(20)
    expect(docs('configuration.md')).toContain('BAILIWICK_LIMITS_TASK_LIFETIME')
  })
})

describe('printing the configuration', () => {
  it('shows no secret and no hash of one', () => {
    const result = folder.parse(VALID)
    const printed = JSON.stringify(result.ok ? redactConfig(result.config) : undefined)
    expect(printed).toContain('[redacted]')
    expect(printed).not.toContain(SECRET)
    expect(printed).toContain('payments.example.com')
  })
})

function settingNames(schema: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(schema)) for (const part of schema) settingNames(part, found)
  else if (isRecord(schema)) {
    for (const [key, part] of Object.entries(schema)) {
      if (key === 'properties' && isRecord(part)) Object.keys(part).forEach((name) => found.add(name))
      settingNames(part, found)
    }
  }
  return found
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
