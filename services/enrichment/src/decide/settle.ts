// The end of the walk: what was judged becomes one durable record, then its proof is spent, then the task is read once more, then the answer leaves.
// Nothing slow stands between that read and the answer. Holds no rule about calls.
//
// One decision id ends in one final effect. A pass whose last check fails, or whose record came too late, is taken back by a deny under
// the same id; whoever waited for the answer has had a deny.
import { denialOfFault, nowSeconds, remainingMs } from '@bailiwick/core'
import type { Decision, Denial } from '@bailiwick/core'
import { stopwatch } from '@bailiwick/runtime'
import { toAuditEntry } from './to-audit-entry.ts'
import type { Outcome } from './to-audit-entry.ts'
import type { Facts, WalkDeps } from './question.ts'
import { rereadTaskState } from './read-task-state.ts'
import { passesInShadow } from './shadow.ts'
import { spendProof } from './spend-proof.ts'

type Judge = (deps: WalkDeps, facts: Facts, lap: (stage: string) => void) => Promise<Denial | undefined>

/** Where one decision stands, for the two that can end it: its own steps, and the deadline. */
interface Progress {
  denial?: Denial
  /** A record of either kind was handed to the journal. */
  isRecording: boolean
  /** The deadline ended it: the answer has left, and it was a deny. */
  isLate: boolean
}

const TOO_LATE: Denial = { reason: 'deadline_exceeded' }

/** Never rejects, and answers before the deadline passes whatever a dependency does. */
export function settle(deps: WalkDeps, facts: Facts, judge: Judge): Promise<Decision> {
  const progress: Progress = { isRecording: false, isLate: false }
  return new Promise((resolve) => {
    const stopWatching = deps.deadlines.watch(facts.question.deadline, () => resolve(giveUp(deps, facts, progress)))
    const answer = (decision: Decision): void => {
      stopWatching()
      resolve(decision)
    }
    run(deps, facts, progress, judge).then(answer, (thrown: unknown) => answer(decisionOf(deps, facts, 'deny', faultDenial(deps, facts, thrown))))
  })
}

async function run(deps: WalkDeps, facts: Facts, progress: Progress, judge: Judge): Promise<Decision> {
  const lap = stopwatch(deps.clock, facts.timing)
  const denial = await judgeSafely(deps, facts, lap, judge)
  if (progress.isLate) return decisionOf(deps, facts, 'deny', TOO_LATE)
  if (denial !== undefined && !passes(facts, denial)) return refuse(deps, facts, progress, denial)

  const effect = denial === undefined ? 'allow' : 'shadow_allow'
  progress.isRecording = true
  let receipt: { readonly id: string }
  try {
    receipt = await deps.journal.append(toAuditEntry(deps.config.audit, facts, { effect, denial }))
  } catch (thrown) {
    // Nothing was recorded, or nobody knows: a deny under the same id is the last word either way.
    return refuse(deps, facts, progress, faultDenial(deps, facts, thrown))
  }
  lap('audit')
  const last = (await spend(deps, facts, lap)) ?? (await lastCheck(deps, facts, progress))
  if (last === undefined) return decisionOf(deps, facts, effect, denial)
  lap('recheck')
  await record(deps, facts, { effect: 'deny', denial: last, supersedes: receipt.id })
  return decisionOf(deps, facts, 'deny', last)
}

async function judgeSafely(deps: WalkDeps, facts: Facts, lap: (stage: string) => void, judge: Judge): Promise<Denial | undefined> {
  try {
    return await judge(deps, facts, lap)
  } catch (thrown) {
    return faultDenial(deps, facts, thrown)
  }
}

/** Only what the policy answered can pass in shadow mode: a step that ended the walk earlier left the later ones undone. Enrichment asks no policy. */
function passes(facts: Facts, denial: Denial): boolean {
  return facts.resource !== undefined && facts.answer !== undefined && passesInShadow(facts.resource, denial.reason)
}

/** What counts once is used up here, or the answer is no: also where nobody can tell whether it was. */
async function spend(deps: WalkDeps, facts: Facts, lap: (stage: string) => void): Promise<Denial | undefined> {
  if (facts.possessed?.spend === undefined) return undefined
  try {
    return await spendProof(deps, facts, nowSeconds(deps.clock))
  } catch (thrown) {
    return faultDenial(deps, facts, thrown)
  } finally {
    lap('spend')
  }
}

/** The last thing that can still say no. The deadline is looked at after the read: it is the read that may have been slow. */
async function lastCheck(deps: WalkDeps, facts: Facts, progress: Progress): Promise<Denial | undefined> {
  try {
    const standing = await rereadTaskState(deps, facts)
    if (!standing.ok) return standing.denial
  } catch (thrown) {
    return faultDenial(deps, facts, thrown)
  }
  return progress.isLate || remainingMs(deps.clock, facts.question.deadline) === 0 ? TOO_LATE : undefined
}

async function refuse(deps: WalkDeps, facts: Facts, progress: Progress, denial: Denial): Promise<Decision> {
  progress.denial = denial
  progress.isRecording = true
  await record(deps, facts, { effect: 'deny', denial })
  return decisionOf(deps, facts, 'deny', denial)
}

/** The deadline came first. A record under way is left to `run`, which takes back what it may have allowed. */
function giveUp(deps: WalkDeps, facts: Facts, progress: Progress): Decision {
  progress.isLate = true
  const denial = progress.denial ?? (isReading(facts) ? { ...TOO_LATE, detail: 'while_reading' } : TOO_LATE)
  if (!progress.isRecording) void record(deps, facts, { effect: 'deny', denial })
  return decisionOf(deps, facts, 'deny', denial)
}

/** Its token was good, and what it asked is not known yet: a large body takes long by itself. */
function isReading({ claims, call }: Facts): boolean {
  return claims !== undefined && call.kind === 'unread'
}

/** A deny needs no durable record to be safe, so a journal that fails here costs the record, not the answer. */
async function record(deps: WalkDeps, facts: Facts, outcome: Outcome): Promise<void> {
  try {
    const entry = toAuditEntry(deps.config.audit, facts, outcome)
    if (isOneOfMany(deps, facts)) deps.journal.countRefusal(entry)
    else await deps.journal.append(entry)
  } catch (thrown) {
    deps.log.error({ decision_id: facts.id, err: thrown }, 'a denial could not be recorded')
  }
}

/** Nobody vouches for the call, and there are too many such calls: it is counted. What was handed out a decision before is always recorded. */
function isOneOfMany(deps: WalkDeps, facts: Facts): boolean {
  if (facts.gateway === undefined) return true
  return facts.claims === undefined && !deps.unproven.take(facts.gateway.name)
}

function faultDenial(deps: WalkDeps, facts: Facts, thrown: unknown): Denial {
  const denial = denialOfFault(thrown)
  deps.faults.failed(facts.id, denial.reason, thrown)
  return denial
}

function decisionOf({ config }: WalkDeps, facts: Facts, effect: Decision['effect'], denial: Denial | undefined): Decision {
  const { standing, gateway, resource, claims, allowedTools } = facts
  return {
    id: facts.id,
    effect,
    call: facts.call,
    // A gateway behind that asks again needs both the token and its proof.
    forwardToken: resource?.forwardToken === true || gateway?.followedBy !== undefined,
    ...(denial === undefined ? {} : { denial }),
    ...(resource === undefined
      ? {}
      : { resource: resource.name, resourceMetadataUrl: `${config.issuer}/.well-known/oauth-protected-resource/${resource.name}` }),
    ...(effect === 'deny' || facts.concealed === undefined ? {} : { kept: facts.concealed.kept }),
    ...(claims === undefined ? {} : { taskId: claims.taskId }),
    ...(allowedTools === undefined || effect === 'deny' ? {} : { allowedTools }),
    ...(standing === undefined ? {} : { identity: identityOf(standing.task), revision: standing.revision }),
  }
}

function identityOf(task: NonNullable<Facts['standing']>['task']): NonNullable<Decision['identity']> {
  return { subject: task.subject, taskId: task.id, clientId: task.agent.clientId, ...(task.act === undefined ? {} : { actor: task.act }) }
}
