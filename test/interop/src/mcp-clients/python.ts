// The official Python client in a process of its own (python/mcp_client.py), behind the same interface: one session after another.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { TOLD } from './mcp-client.ts'
import type { McpClient, Told } from './mcp-client.ts'

const PROGRAM = fileURLToPath(new URL('../python/mcp_client.py', import.meta.url))

export interface PythonClient extends McpClient {
  /** Ends the process; no session is open any more. */
  end(): Promise<void>
}

/** `python`: the interpreter of an environment that has the SDK. Sessions are opened one after another, never two at once. */
export function startPythonClient(name: string, python: string): PythonClient {
  const child = spawn(python, [PROGRAM], { stdio: ['pipe', 'pipe', 'pipe'] })
  const complaints: string[] = []
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => complaints.push(chunk))
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const ask = async (command: Readonly<Record<string, unknown>>): Promise<Told> => {
    child.stdin.write(`${JSON.stringify(command)}\n`)
    const { value } = await answers.next()
    if (typeof value !== 'string') throw new Error(`the Python client ended without an answer: ${complaints.join('').slice(-2000)}`)
    return TOLD.parse(JSON.parse(value))
  }
  return {
    name,
    open: async ({ url, headers = {}, mode }) => {
      let closed: Promise<Told> | undefined
      return {
        connected: await ask({ op: 'connect', url, headers, mode }),
        call: (tool, args = {}) => ask({ op: 'call', tool, arguments: args }),
        list: () => ask({ op: 'list' }),
        notify: () => ask({ op: 'notify' }),
        // Twice is once: the program would take a second one for its own end.
        close: () => (closed ??= ask({ op: 'close' })),
      }
    },
    end: async () => {
      child.stdin.end()
      await ended
    },
  }
}
