// The command line on a real Redis: a lonely operator's hold is lifted offline only when no node runs any more.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '@bailiwick/core'
import { startRedis } from '@bailiwick/kit/redis-server'
import type { RedisServer } from '@bailiwick/kit/redis-server'
import { memoryLedger } from '@bailiwick/kit/test-store'
import { withRedis } from '@bailiwick/kit/with-redis'
import { openRedisTaskStore } from '@bailiwick/task-state'
import { run } from './run.ts'
import { freePort, ROOT, startServing } from './served.ts'

await withRedis('the command line with a Redis store', (program) => {
  let folder: string
  let server: RedisServer
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bailiwick-cli-redis-'))
    server = await startRedis(program)
    const port = await freePort()
    const house = { issuer: `http://127.0.0.1:${port}`, listen: `127.0.0.1:${port}`, development: true, log: { level: 'error' } }
    const store = { url: server.url, controls: ['node-1'], read_timeout: '900ms' }
    writeFileSync(
      join(folder, 'bailiwick.yaml'),
      JSON.stringify({ ...house, node: { id: 'node-1' }, store, policy: { engine: 'supervised', directory: join(ROOT, 'policies') } }),
    )
  })
  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('revokes, shows the store, and lifts offline once every node is stopped', { timeout: 60_000 }, async () => {
    const served = await startServing(folder)
    let id = ''
    try {
      const revoked = await run(['revoke', 'agent', 'client:refund-agent', '--reason', 'test', '--json'], { cwd: folder })
      expect(JSON.parse(revoked.out)).toMatchObject({ status: 'confirmed', durability: 'local', nodes: [{ id: 'node-1' }] })
      id = /rev_[0-9a-f-]{36}/.exec(revoked.out)?.[0] ?? ''
      expect(await run(['store', 'show'], { cwd: folder })).toMatchObject({ code: 0, out: expect.stringContaining('answering') })
      expect(await run(['store', 'override-gate', '--reason', 'x'], { cwd: folder })).toMatchObject({ code: 1 })
    } finally {
      await served.stop()
    }
    const other = await openRedisTaskStore({
      url: server.url,
      controls: ['node-1'],
      nodeId: 'node-2',
      ledger: memoryLedger(),
      clock: systemClock,
      readWithinMs: 900,
    })
    const lift = (): ReturnType<typeof run> => run(['hold', 'lift', id, '--offline'], { cwd: folder })
    expect(await lift()).toMatchObject({ code: 3, err: expect.stringContaining('node-2') })
    await other.close()
    expect(await lift()).toMatchObject({ code: 0, out: expect.stringContaining('lifted') })
  })
})
