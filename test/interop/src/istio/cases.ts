// What the shipped file makes of a sidecar: everything a gateway with an HTTP sub-request must show, and what it does when it gets no answer.
import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provesTheDoor } from '../../../conformance/test/gateways/proves.ts'
import { askedOf } from '../improper-answers.ts'
import { NAMESPACE, startGuarded } from './guarded-workload.ts'
import type { Around } from './guarded-workload.ts'
import { startMesh } from './mesh.ts'
import type { IstioPrograms } from './programs.ts'

/** More time than in production: what is shown is the decision, on a machine that may be doing much else. */
const PATIENCE = '15s'

export function istioCases(programs: IstioPrograms): void {
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-istio-'))
  let around: Around
  beforeAll(async () => {
    const mesh = await startMesh(programs, folder)
    around = { programs, mesh, folder }
    await mesh.cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } })
  })
  afterAll(async () => {
    await around?.mesh.close()
    rmSync(folder, { recursive: true, force: true })
  })

  provesTheDoor({
    name: 'envoyExtAuthzHttp',
    segment: 'payments',
    alone: true,
    sees: 'everything',
    maxBytes: 1024 * 1024,
    gone: 403,
    start: (wiring) => startGuarded(around, { ...wiring, timeout: PATIENCE }),
  })

  describe('envoyExtAuthzHttp without a proper answer', () => {
    const asked = (answer: RequestListener): ReturnType<typeof askedOf> => askedOf(answer, (wiring) => startGuarded(around, { ...wiring, timeout: '0.6s' }))

    it('denies when no answer comes in time', async () => {
      expect(await asked(() => undefined)).toEqual({ status: 403, reached: 0 })
    })

    it('denies on a 5xx', async () => {
      expect(await asked((_request, response) => response.writeHead(503).end())).toEqual({ status: 403, reached: 0 })
    })

    it('takes no other 2xx for leave', async () => {
      const { reached } = await asked((_request, response) => response.writeHead(202).end())
      expect(reached).toBe(0)
    })
  })
}
