import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { clientsDocument } from '../src/clients-document.ts'

/** The formatter aligns tables; how wide a column is says nothing. */
const bare = (text: string): string => text.replaceAll(/ +/g, ' ').replaceAll(/-{3,}/g, '---').trim()

it('docs/mcp-clients.md says what the tests of the clients expect', () => {
  const written = readFileSync(new URL('../../../docs/mcp-clients.md', import.meta.url), 'utf8')
  expect(bare(written)).toBe(bare(clientsDocument()))
})
