import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

it('names every reason of this library in docs/client.md', () => {
  const source = globSync('src/*.ts', { cwd: root })
    .map((file) => readFileSync(`${root}/${file}`, 'utf8'))
    .join('\n')
  const reasons = [...source.matchAll(/new Bailiwick(?:Misconfigured|ProtocolError|Unavailable)\(\s*'([a-z_]+)'/g)].map(([, reason]) => reason)
  expect(new Set(reasons).size).toBeGreaterThan(15)
  const docs = readFileSync(fileURLToPath(new URL('../../../docs/client.md', import.meta.url)), 'utf8')
  for (const reason of reasons) expect(docs).toContain(`\`${reason}\``)
})
