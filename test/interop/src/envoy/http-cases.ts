// gateways/envoy/http.yaml, run by a real Envoy: everything a gateway with an HTTP sub-request must show, and what it does when it gets no answer.
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { provesTheDoor } from '../../../conformance/test/gateways/proves.ts'
import { startRecordingServer } from '../../../conformance/test/gateways/recording-server.ts'
import { changed, freePort, runGateway, shipped } from '../../../conformance/test/gateways/run-gateway.ts'
import type { RunningGateway } from '../../../conformance/test/gateways/run-gateway.ts'
import { portOf } from '../../../../examples/support-desk/src/listening.ts'

interface Addresses {
  readonly port: number
  readonly bailiwick: string
  readonly behind: string
  readonly key: string
  readonly timeout: string
}

function start(binary: string, { port, bailiwick, behind, key, timeout }: Addresses): Promise<RunningGateway> {
  const [behindHost = '', behindPort = ''] = behind.split(':')
  const [, bailiwickPort = ''] = bailiwick.split(':')
  return runGateway({
    program: binary,
    args: (folder) => ['-c', `${folder}/envoy.yaml`, '--disable-hot-restart', '--concurrency', '1', '--log-level', 'warning'],
    env: { BAILIWICK_GATEWAY_KEY: key },
    files: {
      'envoy.yaml': changed(shipped('envoy/http.yaml'), [
        ['address: 0.0.0.0, port_value: 8443', `address: 127.0.0.1, port_value: ${port}`],
        [/ {8}- transport_socket:[^]*?(?= {10}filters:)/, '        -\n'],
        ['port_value: 8421', `port_value: ${bailiwickPort}`],
        ['type: STRICT_DNS', 'type: STATIC'],
        ['address: payments, port_value: 8080', `address: ${behindHost}, port_value: ${behindPort}`],
        ['timeout: 0.5s', `timeout: ${timeout}`],
      ]),
    },
    port,
  })
}

export function envoyHttpCases(binary: string): void {
  provesTheDoor({
    name: 'http_service',
    segment: 'payments',
    sees: 'everything',
    maxBytes: 1024 * 1024,
    gone: 403,
    start: (wiring) => start(binary, { ...wiring, timeout: '15s' }),
  })

  describe('http_service without a proper answer', () => {
    const closing: (() => Promise<unknown>)[] = []
    afterEach(async () => {
      for (const close of closing.splice(0).toReversed()) await close()
    })

    async function asked(answer: RequestListener): Promise<{ readonly status: number; readonly reached: number }> {
      const server = createServer(answer)
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve)
      })
      closing.push(() => {
        server.closeAllConnections()
        return new Promise((resolve) => server.close(resolve))
      })
      const behind = await startRecordingServer()
      closing.push(() => behind.close())
      const gateway = await start(binary, { port: await freePort(), bailiwick: `127.0.0.1:${portOf(server)}`, behind: behind.host, key: 'k', timeout: '0.6s' })
      closing.push(() => gateway.close())
      const { status } = await fetch(`${gateway.url}/payments/mcp`)
      return { status, reached: behind.reached.length }
    }

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
