// `store`: the options and the help.
import type { Command } from 'commander'
import { examples } from './help.ts'
import type { OpenContext } from './program.ts'

export function addStoreCommands(program: Command, context: OpenContext): void {
  const store = examples(program.command('store').description('how the store stands, and whom it waits for after a failover'), 'bailiwick store show')
  examples(
    store.command('show').description('whether the store answers this node, and which nodes have to put back what they recorded first'),
    'bailiwick store show',
  ).action(async () => {
    await (await import('../commands/store.ts')).showStore(context())
  })
  examples(
    store
      .command('override-gate')
      .summary('answer although a node is missing')
      .description(
        'after a failover: answer although a node has not put back what it recorded. What only that node recorded, and was never confirmed, may live again. ' +
          'For a node that is gone for good',
      )
      .requiredOption('--reason <text>', 'why; kept in the audit'),
    'bailiwick store override-gate --reason "node-2 burnt down, see INC-77"',
  ).action(async ({ reason }: { readonly reason: string }) => {
    await (await import('../commands/store.ts')).overrideGate(context(), reason)
  })
}
