import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tryTestConfig } from '@bailiwick/kit/test-config'
import { normaliseResourceUri } from '../src/index.ts'

describe('a resource identifier', () => {
  it.each([
    ['https://payments.example.com/mcp', 'https://payments.example.com/mcp'],
    ['HTTPS://Payments.Example.COM/mcp', 'https://payments.example.com/mcp'],
    ['https://payments.example.com:443/mcp/', 'https://payments.example.com/mcp'],
    ['http://payments.example.com:80', 'http://payments.example.com'],
    ['https://payments.example.com/', 'https://payments.example.com'],
    ['https://payments.example.com:8443/MCP', 'https://payments.example.com:8443/MCP'],
    ['http://127.0.0.1:8424/mcp', 'http://127.0.0.1:8424/mcp'],
    ['https://[::1]:443/a', 'https://[::1]/a'],
    ['https://a.example/mcp?tenant=1', 'https://a.example/mcp?tenant=1'],
    ['https://a.example/mcp/?tenant=1', 'https://a.example/mcp?tenant=1'],
    ['https://a.example/%2Fmcp', 'https://a.example/%2Fmcp'],
    ['URN:Example:Payments', 'urn:Example:Payments'],
  ])('%s is compared as %s', (text, expected) => {
    expect(normaliseResourceUri(text)).toBe(expected)
  })

  it.each([
    '',
    'payments',
    '/mcp',
    '//a.example/mcp',
    'https:',
    'https:/a.example',
    'https:a.example',
    'https://',
    'https:///mcp',
    'https://a.example/#',
    'https://a.example/mcp#x',
    'https://user@a.example/',
    'https://user:pw@a.example/',
    'https://a.example:/',
    'https://a.example:0/',
    'https://a.example:0443/',
    'https://a.example:65536/',
    'https://a.example:8x/',
    'https://a.example/a/../b',
    'https://a.example/./b',
    'https://a.example/%2e%2E/b',
    'https://a.example/.%2e',
    'https://a.example//mcp',
    'https://a.example/mcp//',
    'https://a.example\\mcp',
    'https://a.example/m cp',
    'https://a.example/mcp\n',
    '\thttps://a.example/mcp',
    'https://ex\u00e4mple.com/',
    'https://a.example/%zz',
    'https://a.example/%2',
    'https://-a.example/',
    'https://a.example./mcp'.repeat(200),
  ])('%j is refused', (text) => {
    expect(normaliseResourceUri(text)).toBeUndefined()
  })

  it('once normalised stays as it is', () => {
    const part = fc.stringMatching(/^[A-Za-z0-9:/?.%@[\]-]{0,12}$/)
    fc.assert(
      fc.property(fc.constantFrom('https://', 'HTTP://', 'urn:', ''), part, part, (scheme, host, rest) => {
        const once = normaliseResourceUri(`${scheme}${host}${rest}`)
        if (once !== undefined) expect(normaliseResourceUri(once)).toBe(once)
      }),
      { numRuns: 2_000 },
    )
  })

  it('never matches by prefix, case of path, or trailing text', () => {
    const configured = normaliseResourceUri('https://a.example/mcp')
    for (const other of [
      'https://a.example/MCP',
      'https://a.example/mcp2',
      'https://a.example/mcp/x',
      'https://a.example/mc',
      'http://a.example/mcp',
      'https://a.example:8443/mcp',
    ]) {
      expect(normaliseResourceUri(other)).not.toBe(configured)
    }
  })
})

// A resource whose configured URI is not what requests are normalised to could never be asked for, or by two spellings.
it('that the configuration accepts is already in its normal form', () => {
  const uris = [
    'https://a.example/mcp',
    'https://A.example/mcp',
    'https://a.example',
    'https://a.example/',
    'https://a.example:443/x',
    'https://a.example:8443/x',
    'https://a.example/x/',
  ]
  const more = [
    'https://a.example//x',
    'https://a.example/./x',
    'https://a.example/%2e/x',
    'https://a.example/x?y=1',
    'https://u@a.example/x',
    'https://a.example/x#',
    'http://127.0.0.1:80/x',
    'http://127.0.0.1:8424/mcp',
    'https://[::1]/x',
    'https://a_b.example/x',
    'HTTPS://a.example/x',
    'https://ex\u00e4mple.com/x',
  ]
  const accepted = [...uris, ...more].filter((uri) => tryTestConfig({ resources: [{ name: 'payments', uri }] }).ok)
  expect(accepted).toContain('https://a.example/mcp')
  expect(accepted).toContain('http://127.0.0.1:8424/mcp')
  expect(accepted.filter((uri) => normaliseResourceUri(uri) !== uri)).toEqual([])
})
