// Whether a gateway asks every time: the same call twice through it, the task revoked, the same call again. Then the audit is counted: a call that
// passed and is in no record was decided from memory, or by nobody. One task is made and ended; nothing else is changed.
import type { Context } from '../context.ts'
import { credentialOf, depsOf } from '../drill/drill-deps.ts'
import { CALLS_BEFORE, drillRound } from '../drill/drill-round.ts'
import type { DrillDeps, DrillRound } from '../drill/drill-round.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { itemsOf, textAt } from '../http/json.ts'
import type { DoctorOptions } from '../program/house-commands.ts'
import { recordInto } from './finding.ts'
import type { Finding, Recorder } from './finding.ts'

const PATIENCE_SECONDS = 10
/** Records of other nodes arrive a little later than their decisions. */
const RECORDS_WITHIN_MS = 5_000
const BETWEEN_LOOKS_MS = 250

export async function probeGateway(context: Context, gateway: string, options: DoctorOptions): Promise<readonly Finding[]> {
  const { resource, client, clientKey, svidFile } = options
  if (resource === undefined || client === undefined) throw new CliError(EXIT.usage, '--probe needs --resource <name> and --client <id>')
  const target = {
    gateway,
    resource,
    client,
    for: PATIENCE_SECONDS,
    ...(clientKey === undefined ? {} : { clientKey }),
    ...(svidFile === undefined ? {} : { svidFile }),
  }
  const deps: DrillDeps = { ...(await depsOf(context, target)), credential: await credentialOf(context, target) }
  const findings: Finding[] = []
  const found = recordInto(findings, 'gateways')
  const round = await drillRound(deps)
  tell(round, gateway, found)
  if (round.outcome === 'inconclusive') return findings
  const recorded = await allowsRecorded(deps, round.taskId)
  if (recorded >= CALLS_BEFORE) found.ok('gateway.probe_records', `all ${CALLS_BEFORE} calls before the revocation are in the audit`)
  else {
    found.refuse('gateway.probe_records', `${gateway}: ${CALLS_BEFORE} calls passed before the revocation, and the audit has ${recorded}`, {
      costs: 'calls pass that nobody decided and nobody recorded: from a cache, or past the question',
    })
  }
  return findings
}

function tell(round: DrillRound, gateway: string, found: Recorder): void {
  switch (round.outcome) {
    case 'denied':
      found.ok('gateway.probe', `${gateway}: the first call after the confirmed revocation was denied, ${round.ms.toFixed(1)} ms after it (${round.reason})`)
      break
    case 'allowed_after': {
      const until = round.ms === undefined ? 'and none was denied in time' : `until ${round.ms.toFixed(0)} ms after it`
      found.refuse('gateway.probe', `${gateway}: calls were allowed after the confirmed revocation (${round.allowed}), ${until}`, {
        costs: 'a revoked task goes on through this gateway: the kill switch is late by as much, or does not reach it',
        mend: 'look for a decision cache, a setting that fails open, a second route; bailiwick doctor --gateway <its file>',
      })
      break
    }
    case 'inconclusive':
      found.unknown('gateway.probe', `${gateway}: ${round.why}`, { costs: 'whether this gateway asks every time is not known' })
  }
}

async function allowsRecorded({ control, clock, pause }: DrillDeps, taskId: string): Promise<number> {
  const until = clock.monotonicMs() + RECORDS_WITHIN_MS
  for (;;) {
    const { body } = await control.get('/v1/decisions', { kind: 'decision', task_id: taskId, limit: '50' })
    const allows = itemsOf(body).filter((record) => textAt(record, 'effect') === 'allow').length
    if (allows >= CALLS_BEFORE || clock.monotonicMs() >= until) return allows
    await pause(BETWEEN_LOOKS_MS)
  }
}
