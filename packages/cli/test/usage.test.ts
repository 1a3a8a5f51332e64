import { describe, expect, it } from 'vitest'
import { createProgram } from '../src/program.ts'
import { run } from './run.ts'
import type { Command } from 'commander'

function every(command: Command, path: readonly string[] = []): readonly (readonly string[])[] {
  return [path, ...command.commands.flatMap((child) => every(child, [...path, child.name()]))]
}

const commands = every(
  createProgram('0', () => {
    throw new Error('no command runs here')
  }),
)

describe('help', () => {
  it.each(commands.map((path) => [path.join(' '), path] as const))('of "bailiwick %s" ends with examples and exits 0', async (_name, path) => {
    const { code, out, err } = await run([...path, '--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toMatch(/Examples:\n {2}\$ bailiwick [^\n]+/)
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/^ {2}\$ bailiwick /)
  })
})

describe('usage errors exit 2', () => {
  it.each([
    ['an unknown command, with the nearest', ['serv'], 'Did you mean serve?'],
    ['an unknown option, with the nearest', ['config', 'validate', '--confg', 'x'], 'Did you mean --config?'],
    ['a command without its subcommand', ['config'], 'Usage: bailiwick config'],
    ['no command at all', [], 'Usage: bailiwick'],
    ['a revocation without a reason', ['revoke', 'task', 'x'], '--reason'],
    ['an unknown kind, with the nearest', ['revoke', 'taks', 'x', '--reason', 'y'], 'did you mean task?'],
    ['a kind without its id', ['revoke', 'user', '--reason', 'y'], '<alias>:<id>'],
    ['a state that does not exist', ['task', 'list', '--state', 'dead'], 'active, ended'],
    ['a token file that is not there', ['task', 'list', '--url', 'http://127.0.0.1:1', '--token-file', '/nonexistent/token'], 'no operator token'],
    ['--set without a value', ['config', 'validate', '--set', 'listen'], 'setting=value'],
    ['too many arguments', ['task', 'show', 'a', 'b'], 'too many arguments'],
  ])('%s', async (_what, args, expected) => {
    const { code, err, out } = await run(args)
    expect(err + out).toContain(expected)
    expect(code).toBe(2)
  })
})
