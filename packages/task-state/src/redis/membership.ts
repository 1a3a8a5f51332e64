// Which store this node answers from, and whether it may. Nothing is answered before the servers behind all connections were looked at, the store was
// taken up, what this node recorded was put back, and every control instance has done the same. Whatever contradicts that later closes it again.
import type { Clock, Fault, RecordedAct, Revision, StoreLedger, StoreMark } from '@bailiwick/core'
import { createDebts } from './debts.ts'
import { createGate } from './gate.ts'
import { join } from './join-store.ts'
import type { Link, Session } from './link.ts'
import { lookAt } from './look-at-server.ts'
import { meetNeighbours } from './neighbours.ts'
import type { RedisSettings, RedisStoreEvent } from './options.ts'
import { highestEpochOf } from './reassert.ts'
import { createRounds } from './rounds.ts'
import { hasWaitAof } from './server-info.ts'
import type { ServerInfo } from './server-info.ts'
import { castsDoubt, faultOfReply, isSilence, storeFault } from './store-fault.ts'
import { furthest, markOf, sawRevision } from './view.ts'
import type { View } from './view.ts'

/** How often the servers are looked at again: longer than nothing, shorter than any failover. */
const LOOK_AGAIN_MS = 1000
const RETRY_MS = 100

export interface Membership {
  /** The store to ask. Throws the fault that stands while there is none. */
  view(): View
  /** Where the store was last; for records of acts it could not be told of. */
  lastMark(): StoreMark | undefined
  /** The store that was taken up last, answering or not; throws while there was none. */
  lastView(): View
  /** A reply may say the view is wrong: then nothing is answered until it was looked at again. */
  doubt(fault: unknown): void
  /** A write was answered at this revision. */
  saw(revision: Revision): void
  /** Everything up to here is on every replica that counts. */
  confirmed(mark: StoreMark): void
  /** An act was recorded that the store may not have: this node puts it back. */
  owe(): void
  /** Nodes that have not put back what they recorded, when it was asked last. */
  missing(): readonly string[]
  /** What the server allows to be asked; false until it was looked at. */
  waitAof(): boolean
  /** Resolves when the store was taken up, also where other nodes are still missing; rejects with the fault when it could not be in time. */
  opened(withinMs: number): Promise<void>
  /** Something about the connections changed. */
  lookSoon(): void
  close(): void
}

export interface MembershipDeps {
  readonly settings: RedisSettings
  readonly ledger: StoreLedger
  readonly clock: Clock
  readonly head: string
  /** The first is the one recovery is done over. */
  readonly links: () => readonly [Link, ...Link[]]
  report(event: RedisStoreEvent): void
}

const RECOVERING = 'the store is being taken up'

export function createMembership(deps: MembershipDeps): Membership {
  const { settings, ledger, clock, head } = deps
  let view: View | undefined
  let last: View | undefined
  let standing: Fault = storeFault('store_recovering', RECOVERING)
  let incarnation: string | undefined
  let waitAof = false
  let highest = 0
  let floor: StoreMark | undefined
  let closed = false
  const debts = createDebts({ head, clock })
  const gate = createGate({ settings, head, report: (event) => deps.report(event) })
  const firstOpening = Promise.withResolvers<void>()
  const rounds = createRounds(look, LOOK_AGAIN_MS)

  function suspend(fault: Fault): void {
    const was = view
    view = undefined
    if (was !== undefined) gate.forget()
    // While connections are made anew nothing is said; what was said before tells more.
    if (!isSilence(fault) || isSilence(standing) || standing.code === 'store_recovering') standing = fault
    if (was !== undefined) deps.report({ event: 'recovering', code: fault.code, storeId: was.storeId, epoch: was.epoch })
  }

  async function look(): Promise<void> {
    try {
      await attend()
    } catch (error) {
      if (closed) return
      const fault = faultOfReply(error)
      // A server that does not answer contradicts nothing; each question to it fails by itself.
      if (view === undefined || !isSilence(fault)) suspend(fault)
      // Behind one address there may be another server by now, and Sentinels may know of one.
      if (fault.code === 'store_not_primary') for (const link of deps.links()) link.drop()
      if (view === undefined) setTimeout(rounds.soon, RETRY_MS).unref()
    }
  }

  async function attend(): Promise<void> {
    const links = deps.links()
    const sessions = links.map((link) => link.current())
    const infos = await Promise.all(sessions.map(async (session) => await lookAt(session, settings)))
    const [info] = infos
    const [session] = sessions
    if (info === undefined || session === undefined) return
    if (infos.some((other) => other.incarnation !== info.incarnation)) {
      // In the middle of a failover: which of them is right is found out by connecting anew.
      for (const link of links) link.drop()
      throw storeFault('store_recovering', 'the connections lead to different servers')
    }
    if (view === undefined || info.incarnation !== incarnation) await takeUp(session, info)
    else if (!debts.areSettled()) await debts.settle(session, view, await ledger.acts())
    for (const [at, link] of links.entries()) {
      const looked = sessions[at]
      if (looked !== undefined) link.admit(looked)
    }
  }

  async function takeUp(session: Session, info: ServerInfo): Promise<void> {
    if (view !== undefined) suspend(storeFault('store_recovering', RECOVERING))
    let acts: readonly RecordedAct[] | undefined
    if (!debts.areSettled() || incarnation !== info.incarnation) {
      acts = await ledger.acts()
      highest = highestEpochOf(acts)
    }
    if (last === undefined) {
      const differ = await meetNeighbours(session, settings.name)
      if (differ.length > 0) deps.report({ event: 'controls_differ', nodes: differ })
    }
    const recorded = await ledger.mark()
    const mark = last === undefined ? recorded : furthest(markOf(last), recorded)
    const taken = await join({ session, head, settings, clock, info, mark, highest, floor: last === undefined ? recorded : floor })
    const next: View = { storeId: taken.storeId, epoch: taken.epoch, seen: taken.revision }
    if (!debts.areSettledIn(next)) await debts.settle(session, next, acts ?? (await ledger.acts()))
    incarnation = info.incarnation
    waitAof = hasWaitAof(info)
    if (taken.lost || mark === undefined) await ledger.advance({ storeId: next.storeId, revision: { epoch: next.epoch, revision: next.seen } })
    last = next
    const missing = await gate.ask(session, next)
    if (missing.length > 0) {
      firstOpening.resolve()
      throw storeFault('store_recovering', 'other nodes have not put back what they recorded')
    }
    // Recorded in the meantime, and not put back yet.
    if (!debts.areSettledIn(next)) throw storeFault('store_recovering', RECOVERING)
    if (closed) return
    view = next
    deps.report({ event: 'open', storeId: next.storeId, epoch: next.epoch })
    firstOpening.resolve()
  }

  return {
    view() {
      if (closed) throw storeFault('store_closed', 'the store is closed')
      if (view === undefined) throw standing
      return view
    },
    lastMark: () => (last === undefined ? undefined : markOf(last)),
    lastView() {
      if (last === undefined) throw standing
      return last
    },
    doubt(error) {
      const fault = faultOfReply(error)
      if (!castsDoubt(fault)) return
      if (view !== undefined) suspend(storeFault('store_recovering', RECOVERING, fault))
      rounds.soon()
    },
    saw(revision) {
      if (last !== undefined) sawRevision(last, revision)
    },
    confirmed(mark) {
      floor = furthest(mark, floor)
    },
    owe() {
      debts.owe()
      rounds.soon()
    },
    missing: gate.missing,
    waitAof: () => waitAof,
    async opened(withinMs) {
      rounds.soon()
      const late = setTimeout(() => firstOpening.reject(standing), withinMs)
      try {
        await firstOpening.promise
      } finally {
        clearTimeout(late)
      }
    },
    lookSoon: rounds.soon,
    close() {
      closed = true
      rounds.close()
      firstOpening.resolve()
    },
  }
}
