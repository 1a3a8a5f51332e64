// The services apart, as processes on a real Redis: what one revokes the others deny, and what control did not hear it hears later, once.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { verifyShippedFile } from '@bailiwick/audit'
import { withRedis } from '@bailiwick/kit/with-redis'
import { ROOT } from '../served.ts'
import { openEstate } from './estate.ts'
import type { Estate } from './estate.ts'

await withRedis('services apart', (program) => {
  let estate: Estate
  beforeAll(async () => {
    estate = await openEstate(program)
  }, 120_000)
  afterAll(() => estate.close())

  const decisionOf = ({ body }: { readonly body: Readonly<Record<string, unknown>> }): string => String(body['decision_id'])
  const decisionsAt = async (): Promise<readonly { decision_id: string; node: string; id: string }[]> => {
    const { body } = await estate.operator('GET', '/v1/decisions?kind=decision&limit=200')
    return body['items'] as readonly { decision_id: string; node: string; id: string }[]
  }

  it('a task booted at one process is allowed at both gateways, one of which verifies with the published keys', async () => {
    const { token } = await estate.boot()
    for (const edge of ['edge-1', 'edge-2'] as const) expect((await estate.decide(edge, token)).body).toMatchObject({ effect: 'allow' })
  })

  it('a gateway is known by its certificate, exactly, and by no other', async () => {
    const { token } = await estate.boot()
    expect((await estate.decideByCertificate('spiffe://example.org/gateway/mesh', token)).body).toMatchObject({ effect: 'allow' })
    for (const other of ['spiffe://example.org/gateway/mesh/2', 'spiffe://example.org/node/edge-1'])
      expect(await estate.decideByCertificate(other, token)).toMatchObject({ status: 401, body: { reason: 'gateway_unauthenticated' } })
  })

  it('a revocation that control confirms is denied at both, and both are seen to have read it', async () => {
    const { taskId, token } = await estate.boot()
    expect((await estate.decide('edge-1', token)).body).toMatchObject({ effect: 'allow' })
    const revoked = await estate.operator('POST', '/v1/revocations', { scope: { kind: 'task', id: taskId }, reason: 'test', hold: false })
    expect(revoked).toMatchObject({ status: 200, body: { status: 'confirmed' } })
    for (const edge of ['edge-1', 'edge-2'] as const) expect((await estate.decide(edge, token)).body).toMatchObject({ effect: 'deny', reason: 'task_revoked' })
    await expect
      .poll(async () => (await estate.operator('GET', `/v1/revocations/${String(revoked.body['id'])}`)).body['nodes'], { timeout: 20_000 })
      .toMatchObject(['control-1', 'exchange-1', 'edge-1', 'edge-2'].map((id) => ({ id, confirmed: true })))
  })

  it('revoke --wait, over TLS as an operator runs it, shows each node as it is seen', async () => {
    const { taskId } = await estate.boot()
    const token = join(estate.folder, 'control-1/operator.token')
    const args = ['revoke', 'task', taskId, '--reason', 'test', '--no-hold', '--wait', '--timeout', '30s', '--url', estate.controlUrl, '--token-file', token]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [join(ROOT, 'packages/cli/src/main.ts'), ...args], {
      cwd: estate.folder,
      env: { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: join(estate.folder, 'ca.crt') },
    })
    expect(stdout).toMatch(/^confirmed {2}rev_\S+ {2}ended 1 live task/)
    for (const id of ['control-1', 'exchange-1', 'edge-1', 'edge-2']) expect(stderr).toMatch(new RegExp(`^read it {2}${id} {2}at revision 1/\\d+$`, 'm'))
  })

  it('control sees what every node decided', async () => {
    const { token } = await estate.boot()
    const asked = [decisionOf(await estate.decide('edge-1', token)), decisionOf(await estate.decide('edge-2', token))]
    await expect.poll(async () => (await decisionsAt()).map(({ decision_id }) => decision_id), { timeout: 20_000 }).toEqual(expect.arrayContaining(asked))
  })

  it('control can be killed: decisions go on, and what was decided meanwhile arrives once when it is back', async () => {
    const { token } = await estate.boot()
    await estate.nodes.get('control-1')?.kill()
    const asked: string[] = []
    for (let n = 0; n < 20; n++) {
      const answer = await estate.decide(n % 2 === 0 ? 'edge-1' : 'edge-2', token)
      expect(answer.body).toMatchObject({ effect: 'allow' })
      asked.push(decisionOf(answer))
    }
    await estate.startControl()
    await expect.poll(async () => (await decisionsAt()).map(({ decision_id }) => decision_id), { timeout: 40_000 }).toEqual(expect.arrayContaining(asked))
    const records = await decisionsAt()
    expect(new Set(records.map(({ id }) => id)).size).toBe(records.length)
    expect(asked.map((id) => records.filter(({ decision_id }) => decision_id === id).length)).toEqual(asked.map(() => 1))
    expect(await verifyShippedFile(join(estate.folder, 'control-1/shipped.db'))).toMatchObject({
      ok: true,
      nodes: [
        { node: 'edge-1', missing: 0 },
        { node: 'edge-2', missing: 0 },
        { node: 'exchange-1', missing: 0 },
      ],
    })
  })
})
