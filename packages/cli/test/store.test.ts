import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { json, startFakeBailiwick } from './fake-bailiwick.ts'
import type { FakeBailiwick } from './fake-bailiwick.ts'

let fake: FakeBailiwick
beforeAll(async () => {
  fake = await startFakeBailiwick()
})
afterAll(() => fake.close())

const ANSWERING = { kind: 'redis', status: 'answering', store_id: 'store_1', revision: { epoch: 2, revision: 77 }, waits_for: [] }
const WAITING = { kind: 'redis', status: 'unavailable', problem: 'store_recovering', waits_for: ['node-2', 'node-3'] }

describe('store show', () => {
  it('says that the store answers, and how far it is', async () => {
    fake.answers(json(200, ANSWERING))
    const { code, out } = await fake.cli(['store', 'show'])
    expect(code).toBe(0)
    expect(fake.seen).toMatchObject([{ method: 'GET', path: '/v1/store' }])
    expect(out).toMatch(/status +answering/)
    expect(out).toMatch(/revision +77 in epoch 2/)
    expect(out).not.toContain('waits for')
  })

  it('fails while it does not, says why and whom it waits for, and what can be done', async () => {
    fake.answers(json(200, WAITING))
    const { code, out, err } = await fake.cli(['store', 'show'])
    expect(code).toBe(1)
    expect(out).toContain('NOT ANSWERING: store_recovering')
    expect(out).toMatch(/waits for +node-2, node-3/)
    expect(err).toContain('store override-gate')
    fake.answers(json(200, WAITING))
    expect(await fake.cli(['store', 'show', '--json'])).toMatchObject({ code: 1, out: `${JSON.stringify(WAITING)}\n` })
  })
})

describe('store override-gate', () => {
  it('sends the reason, and says what may come back', async () => {
    fake.answers(json(200, { store_id: 'store_1', epoch: 3, overridden: true, missing: ['node-2'] }))
    const { code, out, err } = await fake.cli(['store', 'override-gate', '--reason', 'node-2 burnt down'])
    expect(code).toBe(0)
    expect(fake.seen).toMatchObject([{ method: 'POST', path: '/v1/store/override-gate', body: JSON.stringify({ reason: 'node-2 burnt down' }) }])
    expect(out).toContain('overridden  epoch 3 of store_1, without node-2')
    expect(err).toContain('may live again')
  })

  it('needs a reason', async () => {
    expect(await fake.cli(['store', 'override-gate'])).toMatchObject({ code: 2 })
  })
})
