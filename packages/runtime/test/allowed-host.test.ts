import { expect, it } from 'vitest'
import { isAllowedHost } from '../src/allowed-host.ts'

const allowed = (header: string | undefined, hosts: readonly string[] = []): boolean => isAllowedHost(header, '127.0.0.1', 8420, hosts)

it('serves its own address and every spelling of loopback on its own port', () => {
  for (const header of ['127.0.0.1:8420', 'localhost:8420', 'LOCALHOST:8420', '[::1]:8420']) expect(allowed(header)).toBe(true)
})

it('refuses no host, another port, another name, and a name that only begins like ours', () => {
  for (const header of [undefined, '', 'localhost', 'localhost:8421', 'evil.example:8420', 'localhost.evil.example:8420', '127.0.0.1:8420.evil.example'])
    expect(allowed(header)).toBe(false)
})

it('serves a configured name on any port, and one with a port on that port only', () => {
  expect(allowed('bailiwick.internal:443', ['bailiwick.internal'])).toBe(true)
  expect(allowed('bailiwick.internal', ['bailiwick.internal'])).toBe(true)
  expect(allowed('bailiwick.internal:443', ['bailiwick.internal:8420'])).toBe(false)
})
