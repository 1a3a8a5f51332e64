import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from '../src/program/program.ts'
import { run } from './run.ts'

const paths = (command: Command, path: readonly string[] = []): readonly (readonly string[])[] => [
  path,
  ...command.commands.filter((child) => child.name() !== 'help').flatMap((child) => paths(child, [...path, child.name()])),
]

const commands = paths(
  createProgram('0', {}, () => {
    throw new Error('no command runs here')
  }),
).filter((path) => path.length > 0)

describe('help', () => {
  it.each(commands.map((path) => [path.join(' '), path] as const))(
    'of "bailiwick %s" fits 80 columns, ends with examples and exit codes, and exits 0',
    async (_name, path) => {
      const { code, out, err } = await run([...path, '--help'], { tty: 80, env: { NO_COLOR: '1' } })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const [help = '', examples = ''] = out.split('\nExamples:\n')
      expect(examples).toMatch(/^ {2}\$ .*bailiwick /)
      expect(examples).toMatch(/\n\nExit codes: 0 ok, 1 failure, 2 usage, 3 denied, 4 unreachable\.\n$/)
      expect(help.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )

  it('covers every command of the product', () => {
    expect(commands.map((path) => path.join(' '))).toEqual([
      'serve',
      'config',
      'config validate',
      'config print',
      'config schema',
      'doctor',
      'task',
      'task create',
      'task list',
      'task show',
      'task complete',
      'token',
      'token exchange',
      'token batch',
      'token inspect',
      'revoke',
      'revocation',
      'revocation list',
      'revocation show',
      'hold',
      'hold lift',
      'drill',
      'decide',
      'decisions',
      'decisions tail',
      'decisions report',
      'decisions show',
      'audit',
      'audit verify',
      'operator',
      'operator list',
      'operator add',
      'operator rotate',
      'keys',
      'keys list',
      'keys rotate',
      'store',
      'store show',
      'store override-gate',
      'tools',
      'tools pin',
      'tools check',
    ])
  })

  it('and docs/cli.md say the same: a section for every command that does something', () => {
    const leaves = commands.filter((path) => !commands.some((other) => other.length > path.length && path.every((name, index) => other[index] === name)))
    const document = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
    const sections = [...document.matchAll(/^### `([a-z -]+)`$/gm)].map(([, name]) => name)
    expect(new Set(sections)).toEqual(new Set(leaves.map((path) => path.join(' '))))
  })

  it.each([[[]], [['--help']], [['help']]])('of %j is what a newcomer reads, on stdout', async (args) => {
    const { code, out, err } = await run(args, { tty: 80, env: { NO_COLOR: '1' } })
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const text of ['Usage: bailiwick <command>', 'Run it', 'Delegate', 'Stop', 'Look', 'Keep house', 'Start here:', 'Exit codes: 0 ok'])
      expect(out).toContain(text)
    expect(out.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('has colours only on a terminal that wants them', async () => {
    expect((await run([], { tty: 80 })).out).toContain('\u001b[1m')
    for (const options of [{}, { tty: 80, env: { NO_COLOR: '1' } }, { tty: 80, env: { TERM: 'dumb' } }])
      expect((await run([], options)).out).not.toContain('\u001b')
  })

  it('of one command is had with help <command> too', async () => {
    expect((await run(['help', 'revoke'])).out).toContain('Usage: bailiwick revoke')
  })

  it('tells the version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })
})

describe('usage errors exit 2', () => {
  it.each([
    ['an unknown command, with the nearest', ['serv'], 'Did you mean serve?'],
    ['an unknown subcommand, with the nearest', ['task', 'lst'], 'Did you mean list?'],
    ['an unknown option, with the nearest', ['config', 'validate', '--confg', 'x'], 'Did you mean --config?'],
    ['a command without its subcommand', ['config'], 'Usage: bailiwick config'],
    ['a revocation without a reason', ['revoke', 'task', 'x'], '--reason'],
    ['an unknown kind, with the nearest', ['revoke', 'taks', 'x', '--reason', 'y'], 'did you mean "task"?'],
    ['an id in the place of the kind', ['revoke', 'task_0193', '--reason', 'y'], 'did you mean "task task_0193"?'],
    ['a kind without its id', ['revoke', 'user', '--reason', 'y'], '<alias>:<id>'],
    ['a state that does not exist, with the nearest', ['task', 'list', '--state', 'activ'], 'did you mean active?'],
    ['an effect that does not exist, with the nearest', ['decisions', 'tail', '--effect', 'dney'], 'did you mean deny?'],
    ['a number that is none', ['decisions', 'tail', '-n', 'many'], 'from 1 to 200'],
    ['a duration that is none', ['task', 'create', '--lifetime', '1w'], '90s, 30m, 8h or 7d'],
    ['a configuration that is not there', ['config', 'print'], 'no configuration at /nonexistent/bailiwick.yaml'],
    ['a token file that is not there', ['task', 'list', '--url', 'http://127.0.0.1:1', '--token-file', '/nonexistent/token'], 'no operator token'],
    ['a URL without a token for it', ['task', 'list', '--url', 'http://127.0.0.1:1'], 'whose token?'],
    ['--set without a value', ['config', 'validate', '--set', 'listen'], 'setting=value'],
    ['too many arguments', ['task', 'show', 'a', 'b'], 'too many arguments'],
  ])('%s', async (_what, args, expected) => {
    const { code, err, out } = await run(args)
    expect(err + out).toContain(expected)
    expect(code).toBe(2)
  })

  it('is said in JSON with --json', async () => {
    const { err } = await run(['revoke', 'taks', 'x', '--reason', 'y', '--json'])
    expect(JSON.parse(err)).toMatchObject({ error: { exit_code: 2 } })
  })
})

describe('a token on the command line', () => {
  const jwt = `eyJhbGciOiJFUzI1NiJ9.${Buffer.from('{"sub":"x"}').toString('base64url')}.c2ln`
  it.each([
    ['inspected', ['token', 'inspect', jwt]],
    ['as a subject', ['token', 'exchange', '--resource', 'x', '--svid-file', 'x', '--subject-token-file', jwt]],
    ['as an argument too many', ['task', 'show', 'a', jwt]],
    ['as an unknown command', [jwt]],
    ['as a kind', ['revoke', jwt, '--reason', 'x']],
    ['as the token of the operator', ['task', 'list', '--url', 'http://127.0.0.1:1', '--token-file', 'bwop_Zk3v9QmT7xLw2RbN8sYpC5uHdJ4fGa1e']],
  ])('%s is refused and never repeated', async (_what, args) => {
    const { code, out, err } = await run(args)
    expect(code).toBe(2)
    expect(out + err).not.toContain('eyJ')
    expect(out + err).not.toContain('Zk3v9')
  })
})
