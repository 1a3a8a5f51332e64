// `bailiwick hold lift --offline`: where there is one operator only, nobody else could lift their hold. Then it takes the data folder of a stopped service
// in place of a second person. Recorded like any other act.
import { connect } from 'node:net'
import { newDecisionId, parseRevocationId, systemClock } from '@bailiwick/core'
import type { RevocationId } from '@bailiwick/core'
import { openJournal } from '@bailiwick/audit'
import type { Journal } from '@bailiwick/audit'
import type { Address, BailiwickConfig } from '@bailiwick/config'
import { openOperatorRegistry } from '@bailiwick/control'
import { openSqliteTaskStore } from '@bailiwick/task-state'
import type { TaskStore } from '@bailiwick/task-state'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'

const PROBE_MS = 1000

export async function liftHoldOffline(context: Context, text: string): Promise<void> {
  const id = parseRevocationId(text)
  if (id === undefined) throw new CliError(EXIT.usage, 'hold lift needs the id of a revocation: rev_...')
  const config = context.loadConfig()
  if (config.store.kind !== 'sqlite')
    throw new CliError(EXIT.failure, 'other nodes may be using this store: another operator lifts the hold, on a running service')
  const operator = onlyOperator(config)
  await requireStopped(config)
  const journal = await openJournal({ file: config.audit.file, node: config.node.id, clock: systemClock, reservedBytes: config.audit.reservedBytes })
  try {
    const store = await openSqliteTaskStore({ file: config.store.file, ledger: journal.ledger, clock: systemClock })
    try {
      await lift(store, journal, id, operator)
    } finally {
      await store.close()
    }
  } finally {
    await journal.close()
  }
  const { terminal } = context
  if (terminal.json) terminal.value({ id, lifted: true, by: operator })
  else terminal.data(`${terminal.good('lifted')}  ${id}  new work may start again at the next start; what was ended stays ended`)
}

async function lift(store: TaskStore, journal: Journal, id: RevocationId, operator: string): Promise<void> {
  const found = await store.findRevocation(id)
  if (found === undefined || !found.hold) throw new CliError(EXIT.failure, 'there is no hold by that id')
  const done = await store.liftHold(id, operator, systemClock.nowMs())
  if (!done.ok) throw new CliError(EXIT.failure, `the hold was not lifted [${done.denial.reason}]`)
  await journal.append({
    kind: 'revocation',
    decision_id: newDecisionId(systemClock.nowMs()),
    effect: 'allow',
    plane: 'operators',
    door: 'cli',
    subject: { sub: operator },
    actor: { sub: operator, chain: [operator] },
    action: { kind: 'control', method: 'lift_hold', name: id },
    act: { revocation_id: id, lifted: true, offline: true },
    state: { revision: done.value.revision },
  })
}

function onlyOperator(config: BailiwickConfig): string {
  const [first, ...others] = openOperatorRegistry({ directory: config.dataDirectory, clock: systemClock }).list()
  if (first === undefined) throw new CliError(EXIT.failure, `there are no operators in ${config.dataDirectory} yet; the first is made at the first start`)
  if (others.length > 0) throw new CliError(EXIT.denied, 'there is more than one operator: another one lifts the hold, on the running service')
  return `operator:${first.name}`
}

/** A running service would not see a store that another process writes, nor share its journal. Anything that accepts a connection counts as running. */
async function requireStopped({ listen }: BailiwickConfig): Promise<void> {
  for (const address of 'shared' in listen ? [listen.shared] : [listen.agents, listen.gateways, listen.operators]) {
    if (await accepts(address)) throw new CliError(EXIT.failure, `something listens on port ${address.port}: stop the service first`)
  }
}

function accepts({ host, port }: Address): Promise<boolean> {
  if (port === 0) return Promise.resolve(false)
  return new Promise((settle) => {
    const socket = connect({ host, port, timeout: PROBE_MS })
    const done = (answer: boolean) => () => {
      socket.destroy()
      settle(answer)
    }
    socket.once('connect', done(true))
    // No answer in time is not "stopped".
    socket.once('timeout', done(true))
    socket.once('error', done(false))
  })
}
