// docs/mcp-clients.md, made from what the tests of the four official clients expect, so that it says what was seen and nothing else.
import { ANSWERS } from './mcp-clients/answers.ts'
import type { ClientKey, Effect } from './mcp-clients/answers.ts'
import { DENIAL_CASES } from './mcp-clients/denials.ts'

const CLIENTS: readonly (readonly [ClientKey, string])[] = [
  ['typescript1', 'TypeScript 1.x'],
  ['typescript2', 'TypeScript 2.x'],
  ['python1', 'Python 1.x'],
  ['python2', 'Python 2.x'],
]

export function clientsDocument(): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
    [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
  const names = CLIENTS.map(([, name]) => name)
  const denials = DENIAL_CASES.map(({ what, answered: [, status], effects }) => [what, String(status), ...CLIENTS.map(([key]) => words(effects[key]))])
  const answers = ANSWERS.map(({ what, to, effects }) => [to, what, ...CLIENTS.map(([key]) => words(effects[key]))])
  return [INTRODUCTION, table(['denied', 'status', ...names], denials), RAW, table(['answer to', 'answer', ...names], answers), ''].join('\n\n')
}

function words({ told, reason, session }: Effect): string {
  if (told === 'result') return session === 'lives' ? 'nothing' : 'nothing; **the session ends**'
  const what =
    told === 'tool_error'
      ? 'the model reads the reason'
      : told === 'nothing'
        ? 'waits, for more than 4 s'
        : reason === 'seen'
          ? 'error with the reason'
          : 'error, reason lost'
  return session === 'lives' ? what : `${what}; **the session ends**`
}

const INTRODUCTION = `# MCP clients

What an agent is told when it is denied, by the official SDK it uses: sdk 1.32.2 and client 2.4.0 for TypeScript, mcp 1.29.0 and 2.3.0 for Python. Made by \`npm run generate\` from what the tests
expect (\`npm test -- test/interop\`, \`npm run interop -- mcp-python\`); they run the real clients against the real thing.

Through Envoy or any gateway that relays the answer of \`ext_authz\` over gRPC. After a denial the next call of the same session is answered, but where it says otherwise: the 1.x Python client ends its session on any HTTP
error. Everything a policy or an operator refuses is therefore a 200; what remains are refused tokens and bodies that cannot be read.`

const RAW = `## What clients make of an answer

Why denials look as they do. Each line was shown to each client, byte for byte.`
