// The official Python MCP client 2.x, in both protocol eras.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { definePeer } from '../define-peer.ts'
import { ANSWERS } from '../mcp-clients/answers.ts'
import { meetDenials } from '../mcp-clients/meet-denials.ts'
import { observe, WITHOUT_SESSIONS } from '../mcp-clients/observe.ts'
import { startPythonClient } from '../mcp-clients/python.ts'
import type { PythonClient } from '../mcp-clients/python.ts'
import { openVenv } from '../python-venv.ts'

await definePeer(import.meta.url, {
  find: async () => {
    const venv = await openVenv(new URL('../python/mcp-2.txt', import.meta.url))
    if ('skipped' in venv) return venv
    return { peer: venv.python, version: `mcp 2.3.0 on Python ${venv.pythonVersion}` }
  },
  cases: (python) => {
    let client: PythonClient
    beforeAll(() => {
      client = startPythonClient('Python 2.x', python)
    })
    afterAll(() => client.end())

    it.each(ANSWERS)('makes of $what what is written down', async (answer) => {
      expect(await observe(client, answer, 'legacy')).toEqual(answer.effects.python2)
    })

    it.each(WITHOUT_SESSIONS)('makes of $what the same without a session, in 2026-07-28', async (answer) => {
      expect(await observe(client, answer, 'auto')).toEqual(answer.effects.python2)
    })

    describe('with a session', () => meetDenials(() => client, 'python2', 'legacy'))
    describe('in 2026-07-28', () => meetDenials(() => client, 'python2', 'auto'))
  },
})
