// `operator` and `keys`: the options and the help of what lies in the data folder.
import type { Command } from 'commander'
import { examples } from './help.ts'
import type { OpenContext } from './program.ts'

export function addOperatorCommands(program: Command, context: OpenContext): void {
  const operator = examples(program.command('operator').description('operators of this data folder and their tokens'), 'bailiwick operator list')
  examples(operator.command('list').description('who may operate, with which rights, since when, added by whom'), 'bailiwick operator list').action(
    async () => {
      ;(await import('../commands/operator.ts')).listOperators(context())
    },
  )
  examples(
    operator.command('add').description('make a token for an operator that control.operators lists').argument('<name>'),
    'bailiwick operator add second',
  ).action(async (name: string) => {
    ;(await import('../commands/operator.ts')).addOperator(context(), name)
  })
  examples(
    operator.command('rotate').description("replace an operator's token; the old one stops at once").argument('[name]', 'default: operator'),
    'bailiwick operator rotate',
    'bailiwick operator rotate second',
  ).action(async (name: string | undefined) => {
    ;(await import('../commands/operator.ts')).rotateOperator(context(), name)
  })
}

export function addKeysCommands(program: Command, context: OpenContext): void {
  const keys = examples(program.command('keys').description('the keys that sign our tokens'), 'bailiwick keys list')
  examples(keys.command('list').description('which key signs, since when, and how long the others stay'), 'bailiwick keys list').action(async () => {
    ;(await import('../commands/keys.ts')).listKeys(context())
  })
  examples(
    keys.command('rotate').description('make a new key: published at once, signing once verifiers had time to fetch it'),
    'bailiwick keys rotate',
  ).action(async () => {
    await (await import('../commands/keys.ts')).rotateKeys(context())
  })
}
