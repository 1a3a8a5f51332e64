// Writes what is generated and committed: the JSON Schema of the configuration, the table of errors, that of MCP clients, and the wire code where its generator is set up.
// node scripts/generate.ts
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { errorsDocument } from '../test/conformance/src/errors-document.ts'
import { clientsDocument } from '../test/interop/src/clients-document.ts'
import { configJsonSchema } from '../packages/config/src/index.ts'

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

writeFileSync(at('docs/bailiwick.schema.json'), `${JSON.stringify(configJsonSchema(), null, 2)}\n`)
// Formatted like every other file, or the format check would refuse what was just generated.
spawnSync(at('node_modules/.bin/oxfmt'), ['docs/bailiwick.schema.json'], { cwd: at('.'), stdio: ['ignore', 'ignore', 'inherit'] })
console.log('wrote docs/bailiwick.schema.json')
writeFileSync(at('docs/errors.md'), errorsDocument())
console.log('wrote docs/errors.md')
writeFileSync(at('docs/mcp-clients.md'), clientsDocument())
spawnSync(at('node_modules/.bin/oxfmt'), ['docs/mcp-clients.md'], { cwd: at('.'), stdio: ['ignore', 'ignore', 'inherit'] })
console.log('wrote docs/mcp-clients.md')

if (existsSync(at('packages/wire/buf.gen.yaml'))) {
  const done = spawnSync('buf', ['generate'], {
    cwd: at('packages/wire'),
    stdio: 'inherit',
    env: { ...process.env, PATH: `${at('packages/wire/node_modules/.bin')}:${process.env['PATH'] ?? ''}` },
  })
  if (done.error !== undefined) throw done.error
  if (done.status !== 0) process.exit(done.status ?? 1)
  console.log('generated packages/wire')
}
