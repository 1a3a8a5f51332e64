// What the shipped file makes of a sidecar: everything a gateway with an HTTP sub-request must show, and what it does when it gets no answer.
import { mkdtempSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provesTheDoor } from '../../../conformance/test/gateways/proves.ts'
import { askedOf } from '../improper-answers.ts'
import { startRecordingServer } from '../../../conformance/test/gateways/recording-server.ts'
import type { RecordingServer } from '../../../conformance/test/gateways/recording-server.ts'
import { freePort } from '../../../conformance/test/gateways/run-gateway.ts'
import { NAMESPACE, seen, startGuarded } from './guarded-workload.ts'
import type { Around, Guarding } from './guarded-workload.ts'
import { grpcCases } from './grpc-cases.ts'
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

  describe('what could leave it unasked', () => {
    let behind: RecordingServer
    let port: number
    const wiring = async (): Promise<Guarding> => ({ port, bailiwick: `127.0.0.1:${await freePort()}`, behind: behind.host, key: 'k', timeout: PATIENCE })
    beforeAll(async () => {
      behind = await startRecordingServer()
      port = await freePort()
    })
    afterAll(() => behind?.close())

    const CALL = 'POST /mcp HTTP/1.1\r\nhost: payments\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}'
    /** It begins as no request does, which servers of HTTP overlook and what guesses a protocol does not. */
    const LATE_CALL = `\r\n${CALL}`

    it.each(['HTTP', 'TCP', 'guessed'] as const)('passes nothing over a port whose protocol is %s, with Bailiwick away', async (protocol) => {
      const guarded = await startGuarded(around, { ...(await wiring()), protocol })
      try {
        for (const call of [CALL, LATE_CALL]) expect(await over(port, call)).not.toContain(' 200 ')
        expect(behind.reached).toEqual([])
      } finally {
        await guarded.close()
      }
    })

    it.each([
      ['TCP', CALL],
      ['guessed', LATE_CALL],
    ] as const)('is why the second policy is there: without it a port whose protocol is %s is not asked about', async (protocol, call) => {
      const guarded = await startGuarded(around, { ...(await wiring()), protocol, without: 'payments-http-only' })
      try {
        const before = behind.reached.length
        await seen(async () => (await over(port, call)).includes(' 200 '))
        expect(behind.reached.length).toBeGreaterThan(before)
      } finally {
        await guarded.close()
      }
    })
  })

  grpcCases(() => around)
}

/** What comes back over one connection. */
function over(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = ''
    const socket = connect({ host: '127.0.0.1', port })
    socket.setEncoding('utf8').on('data', (text: string) => (said += text))
    // A connection that is reset is an answer too.
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(said))
    socket.end(bytes)
  })
}
