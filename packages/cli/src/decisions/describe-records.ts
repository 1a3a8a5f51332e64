// The audit records of one decision as a person reads them: what was asked, what was added and how old it was, which rule, the verdict. Says only
// what is recorded: masked arguments stay masked, attributes the configuration does not keep are not here.
import type { JsonObject } from '@bailiwick/core'
import { DENIALS } from '@bailiwick/core'
import { at, facts, objectAt, pick, textAt, textsOf } from '../http/json.ts'
import { clean } from '../terminal/clean.ts'
import { fields } from '../terminal/layout.ts'
import type { Field } from '../terminal/layout.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { absolute, parseTime, relative } from '../terminal/time.ts'

export interface DescribeOptions {
  readonly terminal: Terminal
  readonly nowMs: number
  /** Profile attribute -> the source that owns it, where a configuration is at hand. */
  readonly ownerOf?: ReadonlyMap<string, string>
}

/** Oldest first, as control answers. The last one is the final effect. */
export function describeRecords(records: readonly JsonObject[], options: DescribeOptions): string {
  const last = records.at(-1)
  if (last === undefined) return 'nothing is recorded under this id'
  const { terminal } = options
  const superseded =
    records.length > 1
      ? records.slice(0, -1).map((record) => `${pick(record, 'effect')} at ${pick(record, 'time')} (record ${pick(record, 'seq')})`)
      : undefined
  return fields(
    [
      ['decision', terminal.strong(pick(last, 'decision_id'))],
      ['verdict', verdictOf(last, terminal)],
      ...whyOf(last),
      ['took back', superseded],
      ['when', whenOf(last, options.nowMs)],
      ['through', throughOf(last)],
      ['called by', calledByOf(last)],
      ['for', subjectOf(last)],
      ['by', textsOf(last, 'actor', 'chain').join(' < ') || textAt(last, 'actor', 'sub')],
      ['task', taskOf(last)],
      ['asked', askedOf(last)],
      ['token', tokenOf(last, options.nowMs)],
      ['added', addedOf(last, options)],
      ['policy', policyOf(last)],
      ['rule', textAt(last, 'policy', 'rule') ?? (objectAt(last, 'policy') === undefined ? undefined : 'none matched, or none said so')],
      ['act', facts(objectAt(last, 'act'))],
      ['issued', issuedOf(last)],
      ['took', tookOf(last)],
    ],
    { width: terminal.columns, palette: terminal },
  )
}

export function paintEffect(terminal: Pick<Terminal, 'good' | 'bad' | 'warn'>, effect: string): string {
  if (effect.trim() === 'allow') return terminal.good(effect)
  return effect.trim() === 'shadow_allow' ? terminal.warn(effect) : terminal.bad(effect)
}

function verdictOf(record: JsonObject, terminal: Terminal): string {
  const reason = textAt(record, 'reason')
  return `${paintEffect(terminal, pick(record, 'effect'))}${reason === undefined ? '' : `  ${terminal.strong(reason)}`}`
}

function whyOf(record: JsonObject): readonly Field[] {
  const reason = textAt(record, 'reason')
  const fixed = Object.entries(DENIALS).find(([name]) => name === reason)?.[1].sentence
  return [
    ['why', textAt(record, 'policy_reason') ?? fixed],
    ['remediation', facts(objectAt(record, 'remediation'))],
    ['detail', textAt(record, 'detail')],
  ]
}

function whenOf(record: JsonObject, nowMs: number): string {
  const ms = parseTime(record['time'])
  const time = ms === undefined ? '-' : `${absolute(ms)} (${relative(ms, nowMs)})`
  return `${time}, record ${pick(record, 'seq')} of ${pick(record, 'node')}`
}

function throughOf(record: JsonObject): string {
  const gateway = textAt(record, 'gateway', 'name')
  const peer = textAt(record, 'gateway', 'peer')
  const more = [peer, at(record, 'gateway', 'development') === true ? 'loopback, development only' : undefined].filter((part) => part !== undefined)
  const door = `${pick(record, 'door')} on the ${pick(record, 'plane')} plane`
  return gateway === undefined ? door : `gateway ${gateway}, ${door}${more.length === 0 ? '' : ` (${more.join(', ')})`}`
}

/** The gateway's own word about its connection: nobody was authenticated by it. */
function calledByOf(record: JsonObject): readonly string[] | undefined {
  const principal = textAt(record, 'gateway', 'source', 'principal')
  const thumbprint = textAt(record, 'gateway', 'source', 'certificate_sha256')
  if (principal === undefined && thumbprint === undefined) return undefined
  return [`${principal ?? 'a client with a certificate'} (as the gateway says)`, ...(thumbprint === undefined ? [] : [`certificate ${thumbprint}`])]
}

function subjectOf(record: JsonObject): string | undefined {
  const sub = textAt(record, 'subject', 'sub')
  const kind = textAt(record, 'subject', 'kind')
  return sub === undefined ? undefined : `${sub}${kind === undefined ? '' : ` (${kind})`}`
}

function taskOf(record: JsonObject): readonly string[] | undefined {
  const id = textAt(record, 'task', 'id')
  if (id === undefined) return undefined
  const binding = facts(objectAt(record, 'task', 'binding'))
  const purpose = textAt(record, 'task', 'purpose')
  const revision = textAt(record, 'state', 'revision', 'revision')
  const more = [
    binding === undefined ? undefined : `bound to ${binding}`,
    purpose === undefined ? undefined : `purpose: ${purpose}`,
    revision === undefined ? undefined : `its state was read at revision ${revision}`,
  ]
  return [id, ...more.filter((part) => part !== undefined)]
}

function askedOf(record: JsonObject): readonly string[] | undefined {
  const action = objectAt(record, 'action')
  const resource = textAt(record, 'resource')
  if (action === undefined) return resource === undefined ? undefined : [resource]
  const what = [textAt(action, 'method'), textAt(action, 'name')].filter((part) => part !== undefined).join(' ')
  const masked = objectAt(action, 'args_masked')
  return [
    `${resource === undefined ? '' : `${resource}: `}${what === '' ? pick(action, 'kind') : what}`,
    ...(masked === undefined ? [] : [`arguments ${clean(JSON.stringify(masked))}`]),
  ]
}

function tokenOf(record: JsonObject, nowMs: number): string | undefined {
  const expires = at(record, 'token', 'expires_at')
  const jti = textAt(record, 'token', 'jti')
  if (jti === undefined) return undefined
  return `jti ${jti}${typeof expires === 'number' ? `, expires ${relative(expires * 1000, nowMs)}` : ''}`
}

/** What Bailiwick put to the question: who the subject is right now, from which source, and how old that was. */
function addedOf(record: JsonObject, { ownerOf }: DescribeOptions): readonly string[] | undefined {
  const profile = objectAt(record, 'profile')
  if (profile === undefined) return undefined
  const roles = textsOf(profile, 'roles')
  const attributes = Object.entries(objectAt(profile, 'attributes') ?? {}).map(([name, value]) => {
    const owner = ownerOf?.get(name)
    return `${clean(name)}: ${clean(JSON.stringify(value))}${owner === undefined ? '' : `  from ${owner}`}`
  })
  const sources = Object.entries(objectAt(profile, 'sources') ?? {}).map(([name, source]) => {
    const age = at(source, 'age_ms')
    return `source ${clean(name)}: ${pick(source, 'outcome')}${typeof age === 'number' ? `, ${ageOf(age)} old` : ''}`
  })
  return [`roles: ${roles.length === 0 ? 'none' : roles.join(', ')}`, ...attributes, ...sources]
}

function ageOf(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`
}

function policyOf(record: JsonObject): readonly string[] | undefined {
  if (objectAt(record, 'policy') === undefined) return undefined
  return [`${pick(record, 'policy', 'kind')} ${pick(record, 'policy', 'id')}`, ...textsOf(record, 'policy', 'actions').map((action) => `action ${action}`)]
}

function issuedOf(record: JsonObject): readonly string[] | undefined {
  const issued = Array.isArray(record['issued']) ? record['issued'] : []
  return issued.length === 0 ? undefined : issued.map((item) => `${pick(item, 'resource')}, jti ${pick(item, 'jti')}`)
}

function tookOf(record: JsonObject): string | undefined {
  const timing = Object.entries(objectAt(record, 'timing_us') ?? {}).flatMap(([stage, us]) => (typeof us === 'number' ? [{ stage: clean(stage), us }] : []))
  if (timing.length === 0) return undefined
  const total = timing.find(({ stage }) => stage === 'total')?.us ?? timing.reduce((sum, { us }) => sum + us, 0)
  const stages = timing.filter(({ stage }) => stage !== 'total').map(({ stage, us }) => `${stage} ${(us / 1000).toFixed(1)}`)
  return `${(total / 1000).toFixed(1)} ms (${stages.join(', ')})`
}
