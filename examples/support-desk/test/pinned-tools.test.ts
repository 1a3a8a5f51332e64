// What the example pins is what its server lists: whoever changes the server sees it here, and pins again.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { compareTools, readToolsFile } from '@bailiwick/tool-schemas'
import { listLiveTools } from '@bailiwick/tool-schemas/live'
import { paymentsServer } from '../src/mcp/servers.ts'
import { startUpstream } from '../src/mcp/upstream.ts'

it('the payments server lists its tools as they are pinned', async () => {
  const upstream = await startUpstream(0, () => true, paymentsServer)
  try {
    const live = await listLiveTools({ url: `${upstream.url}/mcp`, headers: {}, fetch, timeoutMs: 10_000 })
    const pinned = readToolsFile(fileURLToPath(new URL('../payments.tools.json', import.meta.url)), 'payments')
    expect(pinned.ok && live.ok && compareTools(pinned.file.tools, live.tools)).toEqual([])
  } finally {
    await upstream.close()
  }
})
