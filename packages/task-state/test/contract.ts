// What every task store promises, told only through the interface: the embedded and the replicated store run the same suite. A subject is opened
// fresh for each test; `reopen` is a restart of the process, with whatever was durable.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testClock } from '@bailiwick/kit/clock'
import type { Clock } from '@bailiwick/core'
import type { TaskStore } from '../src/task-store.ts'
import { describeCreation } from './contract/creation.ts'
import { describeCutOffs } from './contract/cut-offs.ts'
import { describeEnding } from './contract/ending.ts'
import { describeHolds } from './contract/holds.ts'
import { describeLists } from './contract/lists.ts'
import { describePairs } from './contract/pairs.ts'
import { describeSingleUse } from './contract/single-use.ts'
import { describeStanding } from './contract/standing.ts'

export interface ContractSubject {
  readonly store: TaskStore
  /** Ends the process that holds the store and starts another: the earlier `store` is of no more use. */
  reopen(): Promise<TaskStore>
  /** The store's own clock, moved ahead to this. */
  moveClock(ms: number): Promise<void>
  /** Another node on the same store, whose own clock says this. */
  nodeWithClock(ms: number): Promise<TaskStore>
  close(): Promise<void>
}

export interface ContractContext {
  store(): TaskStore
  restart(): Promise<void>
  moveClock(ms: number): Promise<void>
  nodeWithClock(ms: number): Promise<TaskStore>
}

export function taskStoreContract(name: string, open: (clock: Clock) => Promise<ContractSubject>): void {
  describe(`the task store contract: ${name}`, () => {
    let subject: ContractSubject
    let store: TaskStore
    beforeEach(async () => {
      subject = await open(testClock())
      store = subject.store
    })
    afterEach(() => subject.close())

    const context: ContractContext = {
      store: () => store,
      restart: async () => {
        store = await subject.reopen()
      },
      moveClock: (ms) => subject.moveClock(ms),
      nodeWithClock: (ms) => subject.nodeWithClock(ms),
    }
    describeCreation(context)
    describeStanding(context)
    describeEnding(context)
    describeCutOffs(context)
    describeHolds(context)
    describePairs(context)
    describeSingleUse(context)
    describeLists(context)

    it('names itself and counts up: the same store after a restart, its revision never lower', async () => {
      const before = await store.health()
      await context.restart()
      const after = await store.health()
      expect(after.storeId).toBe(before.storeId)
      expect(after.revision.epoch).toBe(before.revision.epoch)
      expect(after.revision.revision).toBeGreaterThanOrEqual(before.revision.revision)
    })
  })
}
