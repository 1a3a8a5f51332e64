// gateways/envoy/http.yaml, run by a real Envoy: everything a gateway with an HTTP sub-request must show, and what it does when it gets no answer.
import type { RequestListener } from 'node:http'
import { describe, expect, it } from 'vitest'
import { provesTheDoor } from '../../../conformance/test/gateways/proves.ts'
import type { Wiring } from '../../../conformance/test/gateways/proves.ts'
import { changed, runGateway, shipped } from '../../../conformance/test/gateways/run-gateway.ts'
import type { RunningGateway } from '../../../conformance/test/gateways/run-gateway.ts'
import { askedOf } from '../improper-answers.ts'

function start(binary: string, { port, bailiwick, behind, key }: Wiring, timeout: string): Promise<RunningGateway> {
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
    start: (wiring) => start(binary, wiring, '15s'),
  })

  describe('http_service without a proper answer', () => {
    const asked = (answer: RequestListener): ReturnType<typeof askedOf> => askedOf(answer, (wiring) => start(binary, wiring, '0.6s'))

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
