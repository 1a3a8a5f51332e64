// Two controls on one store, with one file of operators: whoever is an operator is one at both, and each sees what every node has read.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withRedis } from '@bailiwick/kit/with-redis'
import { ROOT } from '../served.ts'
import { openEstate } from './estate.ts'
import type { Estate } from './estate.ts'

await withRedis('two controls', (program) => {
  let estate: Estate
  beforeAll(async () => {
    estate = await openEstate(program, { secondControl: true })
  }, 120_000)
  afterAll(() => estate.close())

  /** As on the host of that control. */
  const command = async (id: 'control-1' | 'control-2', ...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(process.execPath, [join(ROOT, 'packages/cli/src/main.ts'), 'operator', ...args], {
      cwd: estate.folder,
      env: {
        PATH: process.env['PATH'],
        BAILIWICK_SERVICES: 'control',
        BAILIWICK_LISTEN_OPERATORS: '127.0.0.1:0',
        BAILIWICK_DATA: `./${id}`,
        BAILIWICK_NODE_ID: id,
        BAILIWICK_CONTROL_OPERATORS_DIRECTORY: './operators',
      },
    })
    return stdout.trim()
  }
  const tokenIn = (file: string): string => readFileSync(file, 'utf8').trim()
  const statusAt = async (at: 'control-1' | 'control-2', token?: string): Promise<number> =>
    (await estate.operator('GET', '/v1/revocations', undefined, { at, ...(token === undefined ? {} : { token }) })).status

  it('know the one first operator both, whose token is in the data folder of one of them', async () => {
    expect(['control-1', 'control-2'].filter((id) => existsSync(join(estate.folder, id, 'operator.token')))).toHaveLength(1)
    for (const at of ['control-1', 'control-2'] as const) expect(await statusAt(at)).toBe(200)
  })

  it('know at once whom either of them added, and no longer a token that was rotated at either', { timeout: 60_000 }, async () => {
    const first = tokenIn(await command('control-1', 'add', 'night'))
    for (const at of ['control-1', 'control-2'] as const) expect(await statusAt(at, first)).toBe(200)
    const second = tokenIn(await command('control-2', 'rotate', 'night'))
    for (const at of ['control-1', 'control-2'] as const) expect([await statusAt(at, first), await statusAt(at, second)]).toEqual([401, 200])
  })

  it('let a hold set at one be lifted at the other, by another operator and not by its setter', async () => {
    const night = { at: 'control-2', token: tokenIn(join(estate.folder, 'control-2/operator-night.token')) } as const
    const set = await estate.operator('POST', '/v1/revocations', { scope: { kind: 'agent', id: 'client:another' }, reason: 'test', hold: true })
    expect(set).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    const lift = `/v1/revocations/${String(set.body['id'])}/lift`
    expect(await estate.operator('POST', lift, {}, { at: 'control-2' })).toMatchObject({ status: 403, body: { reason: 'policy_denied' } })
    expect(await estate.operator('POST', lift, {}, night)).toMatchObject({ status: 200 })
  })

  it('both see that every node has read what one of them revoked, and have its records', { timeout: 60_000 }, async () => {
    const { taskId, token } = await estate.boot()
    const asked = await estate.decide('edge-1', token)
    const revoked = await estate.operator('POST', '/v1/revocations', { scope: { kind: 'task', id: taskId }, reason: 'test', hold: false }, { at: 'control-2' })
    expect(revoked).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    for (const edge of ['edge-1', 'edge-2'] as const) expect((await estate.decide(edge, token)).body).toMatchObject({ effect: 'deny', reason: 'task_revoked' })
    for (const at of ['control-1', 'control-2'] as const) {
      const nodes = async (): Promise<unknown> =>
        (await estate.operator('GET', `/v1/revocations/${String(revoked.body['id'])}`, undefined, { at })).body['nodes']
      await expect.poll(nodes, { timeout: 20_000 }).toMatchObject([at, 'exchange-1', 'edge-1', 'edge-2'].map((id) => ({ id, confirmed: true })))
      const decision = async (): Promise<unknown> =>
        (await estate.operator('GET', `/v1/decisions/${String(asked.body['decision_id'])}`, undefined, { at })).body['items']
      await expect.poll(decision, { timeout: 20_000 }).toMatchObject([{ node: 'edge-1', effect: 'allow' }])
    }
  })

  it('one of them killed, the other revokes on, and what it did is there when the first is back', { timeout: 60_000 }, async () => {
    await estate.nodes.get('control-1')?.kill()
    const { taskId, token } = await estate.boot()
    const by = { at: 'control-2' } as const
    const revoked = await estate.operator('POST', '/v1/revocations', { scope: { kind: 'task', id: taskId }, reason: 'test', hold: false }, by)
    expect(revoked).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    expect((await estate.decide('edge-2', token)).body).toMatchObject({ effect: 'deny', reason: 'task_revoked' })
    await estate.startControl('control-1')
    expect((await estate.operator('GET', `/v1/revocations/${String(revoked.body['id'])}`)).body).toMatchObject({ status: 'confirmed' })
  })
})
