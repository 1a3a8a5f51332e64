// Keeps one agent's runtime tokens: one slot per resource and scope, for this agent's one subject, actor and task. In each slot at most one exchange is
// under way; a token is renewed behind its users' backs before it ends and never handed out after. No timers: an idle agent asks for nothing.
import { ownDenial } from './denial.ts'
import type { BailiwickDenial } from './denial.ts'
import { BailiwickDenied, BailiwickProtocolError, BailiwickUnavailable } from './errors.ts'
import { extendsLife, isDue, isUsable, toFreshToken } from './fresh-token.ts'
import type { FreshToken } from './fresh-token.ts'
import { pauseAfter, withPatience } from './patience.ts'
import type { PatienceDeps } from './patience.ts'
import type { AskedItem, BatchAnswer, BatchItem } from './token-batch.ts'

export interface TokenKeeperDeps extends PatienceDeps {
  readonly exchange: (asked: readonly AskedItem[]) => Promise<BatchAnswer>
  /** Of the certificate that is shown now: a token asked for with another one may be bound to that, and is not used beside this. */
  readonly thumbprint?: () => Promise<string>
}

export interface TokenKeeper {
  /** Takes over what the boot call brought; `shown` is the thumbprint of its certificate. */
  seed(answer: BatchAnswer, shown: string | undefined): void
  /** A usable token; waits for an exchange only where there is none. Throws {@link BailiwickDenied} and the other typed errors. */
  get(asked: AskedItem): Promise<string>
  /** A token from a new exchange, also where a usable one is held or the resource was refused before. */
  renew(asked: AskedItem): Promise<string>
  /** For a token a gateway refused: another one, or undefined where one was already fetched for this reason moments ago. */
  replace(asked: AskedItem, refused: string): Promise<string | undefined>
  denialOf(asked: AskedItem): BailiwickDenial | undefined
  /** No token is handed out any more. The first reason stays. */
  end(reason: BailiwickDenied): void
  readonly ended: BailiwickDenied | undefined
}

interface Slot {
  readonly asked: AskedItem
  held?: FreshToken | undefined
  /** Thumbprint of the certificate `held` was asked for with. */
  shown?: string | undefined
  denial?: BailiwickDenial | undefined
  flight?: Flight | undefined
  /** A renewal brought no longer life: not renewed again before it ends. */
  last: boolean
  failures: number
  /** No renewal in the background before this moment. */
  notBeforeMonotonicMs: number
  replacedAtMonotonicMs?: number
}

interface Flight {
  readonly token: Promise<FreshToken>
  /** Repeats itself while unavailable. One that does not is no last word for who has no token. */
  readonly patient: boolean
}

/** A gateway that refuses every token must not turn each call into an exchange. */
const REPLACE_EVERY_MS = 10_000

export function createTokenKeeper(deps: TokenKeeperDeps): TokenKeeper {
  const { clock, random } = deps
  const slots = new Map<string, Slot>()
  let ended: BailiwickDenied | undefined

  const slotOf = (asked: AskedItem): Slot => {
    const key = `${asked.scope} ${asked.resource}`
    const known = slots.get(key)
    if (known !== undefined) return known
    const made: Slot = { asked, last: false, failures: 0, notBeforeMonotonicMs: 0 }
    slots.set(key, made)
    return made
  }

  const assertLive = (): void => {
    if (ended !== undefined) throw ended
  }

  const take = (slot: Slot, item: BatchItem, sentAt: BatchAnswer['sentAt']): FreshToken => {
    if (!item.ok) {
      // Not a no: nothing is known of the resource that was not known before.
      if (item.denial.retryable) throw new BailiwickUnavailable(item.denial.reason, `${item.denial.reason}: ${item.denial.message}`, { denial: item.denial })
      slot.denial = item.denial
      slot.held = undefined
      throw new BailiwickDenied(item.denial, item.resource)
    }
    const fresh = toFreshToken(item, sentAt, random())
    slot.last = slot.held !== undefined && !extendsLife(fresh, slot.held)
    slot.held = fresh
    slot.denial = undefined
    return fresh
  }

  const attempt = async (slot: Slot): Promise<FreshToken> => {
    assertLive()
    try {
      const shown = await deps.thumbprint?.()
      const answer = await deps.exchange([slot.asked])
      const [item] = answer.items
      if (item === undefined) throw new BailiwickProtocolError('answer_malformed', 'the token endpoint answered without an item')
      const fresh = take(slot, item, answer.sentAt)
      slot.shown = shown
      slot.failures = 0
      return fresh
    } catch (thrown) {
      // About the whole call: this agent, its subject or its task, not one resource of it.
      if (thrown instanceof BailiwickDenied && thrown.resource === undefined) ended ??= thrown
      const asked = thrown instanceof BailiwickUnavailable ? thrown.retryAfterMs : undefined
      slot.notBeforeMonotonicMs = clock.monotonicMs() + pauseAfter(slot.failures, random(), asked)
      slot.failures += 1
      throw thrown
    }
  }

  const start = (slot: Slot, patient: boolean): Flight => {
    const token = (patient ? withPatience(deps, () => attempt(slot)) : attempt(slot)).finally(() => {
      slot.flight = undefined
    })
    const flight = { token, patient }
    slot.flight = flight
    return flight
  }

  /** What a caller without a token waits for. A flight in the background that fails is followed by a patient one. */
  const landed = async (slot: Slot): Promise<FreshToken> => {
    const flight = slot.flight ?? start(slot, true)
    try {
      return await flight.token
    } catch (thrown) {
      if (flight.patient || !(thrown instanceof BailiwickUnavailable)) throw thrown
      return await (slot.flight ?? start(slot, true)).token
    }
  }

  /** After a renewal of the certificate. A token that came meanwhile is the flight's, and is looked at next time. */
  const dropOthers = async (slot: Slot, thumbprint: () => Promise<string>): Promise<void> => {
    const now = await thumbprint()
    if (slot.held !== undefined && slot.shown !== now) slot.held = undefined
  }

  const used = (slot: Slot, fresh: FreshToken): string => {
    assertLive()
    if (!isUsable(fresh, clock)) throw new BailiwickDenied(ownDenial('token_expired'), slot.asked.resource)
    return fresh.token
  }

  const renewBehind = (slot: Slot, held: FreshToken): void => {
    if (slot.flight !== undefined || slot.last || !isDue(held, clock) || clock.monotonicMs() < slot.notBeforeMonotonicMs) return
    // Nobody waits for it: a refusal is kept in the slot or ends the agent, and the next caller meets it there.
    start(slot, false).token.catch(() => undefined)
  }

  return {
    seed: ({ items, sentAt }, shown) => {
      for (const item of items) {
        const slot = slotOf({ resource: item.resource, scope: '' })
        slot.shown = shown
        if (item.ok) slot.held = toFreshToken(item, sentAt, random())
        else slot.denial = item.denial
      }
    },
    get: async (asked) => {
      assertLive()
      const slot = slotOf(asked)
      if (slot.denial !== undefined && !slot.denial.retryable) throw new BailiwickDenied(slot.denial, asked.resource)
      if (deps.thumbprint !== undefined) await dropOthers(slot, deps.thumbprint)
      const { held } = slot
      if (held === undefined || !isUsable(held, clock)) return used(slot, await landed(slot))
      renewBehind(slot, held)
      return held.token
    },
    renew: async (asked) => {
      assertLive()
      const slot = slotOf(asked)
      return used(slot, await landed(slot))
    },
    replace: async (asked, refused) => {
      assertLive()
      const slot = slotOf(asked)
      const { held, replacedAtMonotonicMs: replacedAt } = slot
      if (held !== undefined && held.token !== refused && isUsable(held, clock)) return held.token
      if (slot.flight === undefined) {
        if (replacedAt !== undefined && clock.monotonicMs() - replacedAt < REPLACE_EVERY_MS) return undefined
        slot.replacedAtMonotonicMs = clock.monotonicMs()
        slot.held = undefined
      }
      return used(slot, await landed(slot))
    },
    denialOf: (asked) => slots.get(`${asked.scope} ${asked.resource}`)?.denial,
    end: (reason) => {
      ended ??= reason
    },
    get ended() {
      return ended
    },
  }
}
