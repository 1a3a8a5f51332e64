// A real Traefik on the two files of gateways/traefik. No registry has its program: `TRAEFIK` names one, or it is on the PATH.
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import type { RequestListener } from 'node:http'
import { provesTheDoor } from '../../../conformance/test/gateways/proves.ts'
import type { Wiring } from '../../../conformance/test/gateways/proves.ts'
import { changed, runGateway, shipped } from '../../../conformance/test/gateways/run-gateway.ts'
import type { RunningGateway } from '../../../conformance/test/gateways/run-gateway.ts'
import { definePeer } from '../define-peer.ts'
import { askedOf } from '../improper-answers.ts'

/** Of the shipped file. */
const MAX_BYTES = 1024 * 1024
const TOO_LARGE = 401

function start(binary: string, { port, bailiwick, behind, key }: Wiring): Promise<RunningGateway> {
  return runGateway({
    program: binary,
    args: () => ['--configFile=traefik.yaml'],
    env: {},
    files: {
      'traefik.yaml': changed(shipped('traefik/traefik.yaml'), [
        [':8443', `127.0.0.1:${port}`],
        ['/etc/traefik/dynamic.yaml', 'dynamic.yaml'],
      ]),
      'dynamic.yaml': changed(shipped('traefik/dynamic.yaml'), [
        ['${BAILIWICK_GATEWAY_KEY} below', 'the key below'],
        ['${BAILIWICK_GATEWAY_KEY}', key],
        [/ {6}tls: \{\}\n/, ''],
        ['127.0.0.1:8421', bailiwick],
        ['payments:8080', behind],
        ['models:8080', behind],
      ]),
    },
    port,
    serves: () => servesRoutes(port),
  })
}

/** Traefik listens before it has read its routes. What is too large it refuses on a route by itself, and asks nobody. */
async function servesRoutes(port: number): Promise<boolean> {
  const { status } = await fetch(`http://127.0.0.1:${port}/payments/mcp`, { method: 'POST', body: 'x'.repeat(MAX_BYTES + 1) })
  return status === TOO_LARGE
}

await definePeer(import.meta.url, {
  find: () => {
    const binary = process.env['TRAEFIK'] ?? 'traefik'
    const { status, stdout } = spawnSync(binary, ['version'], { encoding: 'utf8', timeout: 30_000 })
    if (status !== 0) return Promise.resolve({ skipped: 'no Traefik here: put its path into TRAEFIK' })
    return Promise.resolve({ peer: binary, version: `Traefik ${/^Version:\s*(\S+)/m.exec(stdout)?.[1] ?? 'of an unknown version'}` })
  },
  cases: (binary) => {
    provesTheDoor({
      name: 'forwardAuth',
      segment: 'payments',
      sees: 'everything',
      maxBytes: MAX_BYTES,
      tooLarge: TOO_LARGE,
      gone: 500,
      start: (wiring) => start(binary, wiring),
    })

    describe('forwardAuth without a proper answer', () => {
      const asked = (answer: RequestListener): ReturnType<typeof askedOf> => askedOf(answer, (wiring) => start(binary, wiring))

      it('denies when no answer comes in its own 30 seconds', async () => {
        expect(await asked(() => undefined)).toEqual({ status: 500, reached: 0 })
      })

      it('hands on a 5xx', async () => {
        expect(await asked((_request, response) => response.writeHead(503).end())).toEqual({ status: 503, reached: 0 })
      })

      it('follows no redirect to another answer', async () => {
        const answer: RequestListener = ({ url }, response) => response.writeHead(url === '/yes' ? 200 : 307, { location: '/yes' }).end()
        expect((await asked(answer)).reached).toBe(0)
      })

      it('denies when an answer breaks off, be it a 200', async () => {
        const answer: RequestListener = (_request, response) => {
          response.writeHead(200, { 'content-length': '2' }).write('o', () => response.destroy())
        }
        expect(await asked(answer)).toEqual({ status: 500, reached: 0 })
      })
    })
  },
})
