import { describe, expect, it } from 'vitest'
import type { ContractContext } from '../contract.ts'
import { created, expectDenied, valueOf } from '../expectations.ts'
import { newTask, NOW, query } from '../fixtures.ts'

export function describeSingleUse(context: ContractContext): void {
  describe('consuming once', () => {
    it('is true once, then false, across a restart', async () => {
      expect(await context.store().consumeOnce('assertion:a', NOW + 60, NOW)).toBe(true)
      expect(await context.store().consumeOnce('assertion:a', NOW + 60, NOW)).toBe(false)
      await context.restart()
      expect(await context.store().consumeOnce('assertion:a', NOW + 60, NOW)).toBe(false)
      expect(await context.store().consumeOnce('assertion:b', NOW + 60, NOW)).toBe(true)
    })

    it('is true for exactly one of many at once', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => context.store().consumeOnce('proof', NOW + 60, NOW)))
      expect(answers.filter((spent) => spent)).toHaveLength(1)
    })

    it('does not take another end for another key', async () => {
      expect(await context.store().consumeOnce('k', NOW + 60, NOW)).toBe(true)
      expect(await context.store().consumeOnce('k', NOW + 90, NOW)).toBe(false)
    })

    it('is false once the end has passed, and stays false when the clock steps back', async () => {
      const store = context.store()
      expect(await store.consumeOnce('late', NOW, NOW)).toBe(false)
      expect(await store.consumeOnce('late', NOW, Number.NaN)).toBe(false)
      expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(true)
      const muchLater = NOW + 86_400
      for (let at = 0; at < 20; at += 1) expect(await store.consumeOnce(`later-${at}`, muchLater + 60, muchLater)).toBe(true)
      expect(await store.consumeOnce('k', NOW + 60, NOW)).toBe(false)
    })

    it('tells keys apart that differ only where separators might be', async () => {
      const keys = ['a:b', 'a', 'a:b:', 'a\nb', 'a\u0000b', 'A:B', '', 'x'.repeat(100_000)]
      for (const key of keys) expect(await context.store().consumeOnce(key, NOW + 60, NOW)).toBe(true)
    })
  })

  describe('revoking one token', () => {
    it('denies that token and no other of its task, across a restart', async () => {
      const task = await created(context.store(), newTask())
      expect(await context.store().revokeToken('jti-1', NOW + 600, NOW)).toMatchObject({ status: 'confirmed' })
      await context.restart()
      expectDenied(await context.store().readStanding(query(task.id, { jti: 'jti-1' })), 'task_revoked', 'token')
      valueOf(await context.store().readStanding(query(task.id, { jti: 'jti-2' })))
      valueOf(await context.store().readStanding(query(task.id)))
    })

    it('is confirmed again when repeated, and of two ends keeps the later', async () => {
      const store = context.store()
      const task = await created(store, newTask({ expiresAt: NOW + 864_000 }))
      for (const until of [NOW + 100_000, NOW + 10, NOW + 100_000]) expect(await store.revokeToken('jti-1', until, NOW)).toMatchObject({ status: 'confirmed' })
      const later = NOW + 50_000
      for (let at = 0; at < 20; at += 1) await store.revokeToken(`other-${at}`, later + 10, later)
      expectDenied(await store.readStanding(query(task.id, { jti: 'jti-1', nowSeconds: later })), 'task_revoked')
    })
  })
}
