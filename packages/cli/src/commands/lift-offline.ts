// `bailiwick hold lift --offline`: where there is one operator only, nobody else could lift their hold. Then it takes the data folder of a stopped service
// in place of a second person; of a store that several nodes share, every one of them has to be stopped. Recorded like any other act.
import { connect } from 'node:net'
import { newDecisionId, parseRevocationId, systemClock } from '@bailiwick/core'
import type { RevocationId } from '@bailiwick/core'
import { openJournal } from '@bailiwick/audit'
import type { Journal } from '@bailiwick/audit'
import type { Address, BailiwickConfig } from '@bailiwick/config'
import { openOperatorRegistry } from '@bailiwick/control'
import { openTaskStore } from '@bailiwick/task-state'
import type { RecoveryGate, TaskStore } from '@bailiwick/task-state'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'

const PROBE_MS = 1000

export async function liftHoldOffline(context: Context, text: string): Promise<void> {
  const id = parseRevocationId(text)
  if (id === undefined) throw new CliError(EXIT.usage, 'hold lift needs the id of a revocation: rev_...')
  const config = context.loadConfig()
  const operator = onlyOperator(config)
  await requireStopped(config)
  const journal = await openJournal({ file: config.audit.file, node: config.node.id, clock: systemClock, reservedBytes: config.audit.reservedBytes })
  try {
    const { store, gate } = await openTaskStore({ config, ledger: journal.ledger, clock: systemClock, servesControl: true })
    try {
      await requireAlone(gate)
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
  if (done.value.status !== 'confirmed')
    throw new CliError(EXIT.failure, 'the lift was written but is NOT CONFIRMED: a failover could lose it. Run the command again to be sure')
}

function onlyOperator(config: BailiwickConfig): string {
  const [first, ...others] = openOperatorRegistry({ directory: config.control.operatorsDirectory, clock: systemClock }).list()
  if (first === undefined)
    throw new CliError(EXIT.failure, `there are no operators in ${config.control.operatorsDirectory} yet; the first is made at the first start`)
  if (others.length > 0) throw new CliError(EXIT.denied, 'there is more than one operator: another one lifts the hold, on the running service')
  return `operator:${first.name}`
}

/** A running service would not see a store that another process writes, nor share its journal. Anything that accepts a connection counts as running. */
async function requireStopped({ listen }: BailiwickConfig): Promise<void> {
  for (const address of 'shared' in listen ? [listen.shared] : [listen.agents, listen.gateways, listen.operators]) {
    if (address !== undefined && (await accepts(address))) throw new CliError(EXIT.failure, `something listens on port ${address.port}: stop the service first`)
  }
}

/** Whoever can stop every node is the owner of the house; whoever can stop one of them is not, and another may have an operator of its own. */
async function requireAlone(gate: RecoveryGate | undefined): Promise<void> {
  const others = (await gate?.neighbours()) ?? []
  if (others.length > 0)
    throw new CliError(EXIT.denied, `other nodes use this store (${others.join(', ')}): another operator lifts the hold there, or stop them all first`)
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
