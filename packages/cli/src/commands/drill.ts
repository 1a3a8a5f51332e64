// `bailiwick drill`: revokes a task of its own and times the first denial through a real route of a gateway. Success is only what was seen.
import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { createDrillMetrics, serveDrillMetrics } from '../drill/drill-metrics.ts'
import { credentialOf, depsOf } from '../drill/drill-deps.ts'
import { drillRound } from '../drill/drill-round.ts'
import type { DrillRound } from '../drill/drill-round.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { DrillOptions } from '../program/drill-command.ts'
import { absolute } from '../terminal/time.ts'

export async function drill(context: Context, options: DrillOptions): Promise<void> {
  const { clock, terminal } = context
  const deps = await depsOf(context, options)
  const metrics = createDrillMetrics(options.resource)
  const server = options.metrics === undefined ? undefined : await serveDrillMetrics(metrics, options.metrics)
  const rounds = options.rounds ?? (options.every === undefined ? 1 : Number.POSITIVE_INFINITY)
  const found = new Set<DrillRound['outcome']>()
  try {
    for (let n = 1; n <= rounds; n++) {
      const round = await drillRound({ ...deps, credential: await credentialOf(context, options) })
      metrics.count(round, clock.nowMs())
      found.add(round.outcome)
      tell(context, round, options)
      if (n < rounds) await delay((options.every ?? 0) * 1000)
    }
  } finally {
    server?.close()
    server?.closeAllConnections()
  }
  // Told round by round above; what is left is the exit code, the worst of them.
  if (found.has('allowed_after')) throw new CliError(EXIT.failure, 'STILL ALLOWED', { silent: true })
  if (found.has('inconclusive')) throw new CliError(EXIT.unreachable, 'inconclusive', { silent: true })
  if (terminal.interactive && rounds === 1) terminal.say('every call that starts after the confirmation was denied')
}

function tell({ clock, terminal }: Context, round: DrillRound, { every, gateway, rounds }: DrillOptions): void {
  const repeated = every !== undefined || rounds !== undefined
  if (terminal.json) return terminal.value({ gateway, time: new Date(clock.nowMs()).toISOString(), ...jsonOf(round) })
  const time = repeated ? `${absolute(clock.nowMs())}  ` : ''
  switch (round.outcome) {
    case 'denied':
      return terminal.data(
        `${time}${terminal.good('denied')}  the first call after the confirmed revocation, ${round.ms.toFixed(1)} ms after it (${round.reason})`,
      )
    case 'allowed_after': {
      const calls = `${round.allowed} ${round.allowed === 1 ? 'call was' : 'calls were'} allowed after the confirmed revocation`
      const until = round.ms === undefined ? 'and none was denied in time' : `the first denial came ${round.ms.toFixed(1)} ms after it`
      terminal.data(`${time}${terminal.bad('STILL ALLOWED')}  ${calls}; ${until}`)
      return terminal.say(
        'something between the agent and Bailiwick remembers decisions, or lets calls pass without asking: look for a decision cache, a fail-open setting, a second route',
      )
    }
    case 'inconclusive':
      return terminal.data(`${time}${terminal.warn('INCONCLUSIVE')}  ${round.why}`)
  }
}

function jsonOf(round: DrillRound): object {
  const { taskId, ...rest } = round
  return { ...rest, ...(taskId === undefined ? {} : { task_id: taskId }) }
}
