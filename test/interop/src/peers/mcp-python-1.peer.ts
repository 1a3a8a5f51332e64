// The official Python MCP client 1.x, which most Python agents still run.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definePeer } from '../define-peer.ts'
import { ANSWERS } from '../mcp-clients/answers.ts'
import { meetDenials } from '../mcp-clients/meet-denials.ts'
import { observe } from '../mcp-clients/observe.ts'
import { startPythonClient } from '../mcp-clients/python.ts'
import type { PythonClient } from '../mcp-clients/python.ts'
import { openVenv } from '../python-venv.ts'

await definePeer(import.meta.url, {
  find: async () => {
    const venv = await openVenv(new URL('../python/mcp-1.txt', import.meta.url))
    if ('skipped' in venv) return venv
    return { peer: venv.python, version: `mcp 1.29.0 on Python ${venv.pythonVersion}` }
  },
  cases: (python) => {
    let client: PythonClient
    beforeAll(() => {
      client = startPythonClient('Python 1.x', python)
    })
    afterAll(() => client.end())

    it.each(ANSWERS)('makes of $what what is written down', async (answer) => {
      expect(await observe(client, answer, 'legacy')).toEqual(answer.effects.python1)
    })

    describe('with a session', () => meetDenials(() => client, 'python1', 'legacy'))
  },
})
