// The decider against the real decision point with the shipped policies.
import { systemClock } from '@bailiwick/core'
import type { JsonObject } from '@bailiwick/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCerbosDecider, denialOfAnswer, operatorProfile, superviseCerbos, toPrincipal } from '../src/index.ts'
import type { Decider, PolicyItem, PolicyQuestion, SupervisedCerbos } from '../src/index.ts'
import { aliceProfile, listed, question, refund, refundAgentForAlice } from './fixtures.ts'
import { rememberLog, startCerbos } from './start-cerbos.ts'

let cerbos: SupervisedCerbos
let decider: Decider
const { log, lines } = rememberLog()

beforeAll(async () => {
  cerbos = await superviseCerbos({ directory: new URL('../../../policies', import.meta.url).pathname, log })
  decider = createCerbosDecider({ address: cerbos.address, clock: systemClock })
})

afterAll(async () => {
  await decider.close()
  await cerbos.close()
})

async function denialOf(change: Partial<PolicyQuestion>) {
  const [answer] = await decider.decide(question(change))
  if (answer === undefined) throw new Error('no answer')
  return denialOfAnswer(answer)
}

const asked = (args: JsonObject): Partial<PolicyQuestion> => ({ items: [refund(args)] })

describe('the story', () => {
  it('lets a $40 refund on the bound ticket through', async () => {
    expect(await decider.decide(question())).toEqual([
      {
        effect: 'allow',
        actions: { 'tools/list/refund_issue': 'allow', 'tools/call/refund_issue': 'allow' },
        rule: 'resource.mcp_payments.vdefault',
        schemaErrors: [],
        callId: expect.stringMatching(/^\w{10,}$/),
      },
    ])
  })

  it('refuses a $9,000 refund with the reason and the way on', async () => {
    expect(await denialOf(asked({ ticket_id: 'T-1042', amount_cents: 900_000 }))).toEqual({
      reason: 'policy_denied',
      policyReason: 'tier-1-support refund cap exceeded',
      remediation: { type: 'step_up', approvers_role: 'tier-2-lead' },
      rule: 'resource.mcp_payments.vdefault#refund-tier-1',
    })
  })

  it('refuses a refund on another ticket', async () => {
    expect(await denialOf(asked({ ticket_id: 'T-2001', amount_cents: 4_000 }))).toMatchObject({
      reason: 'policy_denied',
      policyReason: 'this task is bound to another ticket',
    })
  })

  it.each<[string, JsonObject, readonly string[]]>([
    ['an amount in words', { ticket_id: 'T-1042', amount_cents: '4000' }, ['/amount_cents']],
    ['a negative amount', { ticket_id: 'T-1042', amount_cents: -1 }, ['/amount_cents']],
    ['half a cent', { ticket_id: 'T-1042', amount_cents: 0.5 }, ['/amount_cents']],
    ['more than there is', { ticket_id: 'T-1042', amount_cents: 1e300 }, ['/amount_cents']],
    ['no arguments', {}, ['/amount_cents', '/ticket_id']],
    ['an argument too many', { ticket_id: 'T-1042', amount_cents: 1, currency: 'EUR' }, ['/currency']],
    ['an argument with a name of its own kind', { ticket_id: 'T-1042', amount_cents: 1, "o'b/ x": 1 }, ['']],
  ])('points at %s', async (_, args, pointers) => {
    expect(await denialOf(asked(args))).toEqual({ reason: 'arguments_invalid', pointers })
  })

  it('follows the live profile', async () => {
    const principal = refundAgentForAlice({ profile: aliceProfile({ refund_limit_cents: 3_999 }) })
    expect(await denialOf({ principal })).toMatchObject({ policyReason: 'tier-1-support refund cap exceeded' })
  })

  it('keeps a missing task from everything', async () => {
    const principal = refundAgentForAlice({ task: undefined })
    expect(await denialOf({ principal })).toEqual({ reason: 'policy_denied', detail: 'schema refused principal /task' })
  })

  it('shows each tool that may be called, in one request, and no other', async () => {
    const tools = ['refund_issue', 'refund_all', 'refund_status', ...Array.from({ length: 117 }, (_, at) => `tool_${at}`)]
    const answers = await decider.decide(question({ items: tools.map(listed) }))
    expect(answers.flatMap(({ effect }, place) => (effect === 'allow' ? [tools[place]] : []))).toEqual(['refund_issue', 'refund_status'])
  })

  it('lets the audit be read by the right of that name', async () => {
    const item: PolicyItem = { resource: { kind: 'bailiwick:audit', id: 'decisions', attr: {} }, actions: ['read'] }
    const ask = async (rights: readonly string[], baseRole: 'operator' | 'user' = 'operator') => {
      const principal = toPrincipal({ subject: { sub: 'operator:olga' }, baseRole, profile: operatorProfile(rights) })
      return (await decider.decide(question({ principal, items: [item] })))[0]?.effect
    }
    expect(await ask(['read'])).toBe('allow')
    expect(await ask(['revoke', 'lift', 'create'])).toBe('deny')
    expect(await ask(['read'], 'user')).toBe('deny')
  })
})

describe('what a schema says of a tool', () => {
  const withoutTier = () => refundAgentForAlice({ profile: { ...aliceProfile(), roles: [] } })

  it('is not told to an agent that may not see the tool', async () => {
    const denial = await denialOf({ principal: withoutTier(), ...asked({ wrong: true }) })
    expect(denial).toEqual(await denialOf({ principal: withoutTier(), ...asked({ ticket_id: 'T-1042', amount_cents: 1 }) }))
    expect(denial).toEqual({ reason: 'policy_denied', rule: 'resource.mcp_payments.vdefault' })
  })

  it('is told item by item when several are asked about', async () => {
    const [first, second] = await decider.decide(question({ items: [refund({ wrong: true }), listed('refund_status')] }))
    expect(first?.schemaErrors.length).toBeGreaterThan(0)
    expect(second?.effect).toBe('allow')
  })
})

describe('odd names', () => {
  it.each(['*', 'tools/call/*', '__proto__', 'constructor', 'a:b', 'ü ✓', '../x'])('the action %j is one nobody allows', async (action) => {
    const [answer] = await decider.decide(question({ items: [{ resource: { kind: 'mcp:payments', id: action, attr: {} }, actions: [action] }] }))
    expect(answer).toMatchObject({ effect: 'deny' })
    expect(Object.entries(answer?.actions ?? {})).toEqual([[action, 'deny']])
  })

  it('a kind no policy knows is a deny that says so', async () => {
    const [answer] = await decider.decide(question({ items: [{ resource: { kind: 'mcp:nowhere', id: 'x', attr: {} }, actions: ['initialize'] }] }))
    expect(answer).toMatchObject({ effect: 'deny', rule: 'NO_MATCH' })
  })

  it('arguments as the strict reader makes them, without a prototype, are judged alike', async () => {
    const bare = Object.setPrototypeOf({ ticket_id: 'T-1042', amount_cents: 4000 }, null) as JsonObject
    expect(await denialOf(asked(bare))).toBeUndefined()
  })
})

describe('a decision point that does not reject what the schemas refuse', () => {
  it.each(['none', 'warn'])('is refused with enforcement %s, and decides nothing', async (enforcement) => {
    const other = await startCerbos((config) => config.replace('"enforcement": "reject"', `"enforcement": "${enforcement}"`))
    const unfit = createCerbosDecider({ address: other.address, clock: systemClock })
    try {
      expect(await unfit.health()).toBe('schema enforcement is not `reject`')
      await expect(unfit.decide(question())).rejects.toMatchObject({ dependency: 'policy', code: 'pdp_unfit' })
    } finally {
      await unfit.close()
      await other.close()
    }
  })
})

it('a decision point that was replaced by a lenient one under the same address is noticed', async () => {
  const strict = await startCerbos((config) => config)
  const moving = createCerbosDecider({ address: strict.address, clock: systemClock })
  const path = strict.address.slice('unix:'.length)
  try {
    expect(await moving.health()).toBeUndefined()
    await strict.close()
    await expect(moving.decide(question())).rejects.toMatchObject({ code: 'pdp_unreachable' })
    const lenient = await startCerbos((config) => config.replace('"enforcement": "reject"', '"enforcement": "none"'))
    const { symlink, mkdir, rm } = await import('node:fs/promises')
    const { dirname } = await import('node:path')
    await mkdir(dirname(path), { recursive: true })
    await symlink(lenient.address.slice('unix:'.length), path)
    try {
      await expect(decideWhenBack(moving)).rejects.toMatchObject({ code: 'pdp_unfit' })
    } finally {
      await rm(dirname(path), { recursive: true, force: true })
      await lenient.close()
    }
  } finally {
    await moving.close()
  }
})

/** The channel needs a moment to connect again; until then it is unreachable, which is a deny too. */
async function decideWhenBack(from: Decider): Promise<unknown> {
  for (;;) {
    try {
      return await from.decide(question())
    } catch (thrown) {
      if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'pdp_unreachable') throw thrown
      await new Promise((done) => setTimeout(done, 20))
    }
  }
}

it('nothing an agent wrote reached the log', () => {
  expect(lines.filter((line) => /currency|wrong|o'b/.test(line))).toEqual([])
})
