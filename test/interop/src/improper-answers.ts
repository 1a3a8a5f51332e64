// A gateway with an HTTP sub-request, asking something that does not answer as Bailiwick would: what its client gets, and whether the server behind was
// reached.
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import { startRecordingServer } from '../../conformance/test/gateways/recording-server.ts'
import { freePort } from '../../conformance/test/gateways/run-gateway.ts'
import type { RunningGateway } from '../../conformance/test/gateways/run-gateway.ts'
import type { Wiring } from '../../conformance/test/gateways/proves.ts'
import { portOf } from '../../../examples/support-desk/src/listening.ts'

export interface Outcome {
  readonly status: number
  /** How many requests came to the server behind. */
  readonly reached: number
}

/** Starts everything anew and ends it. `answer` stands in the place of Bailiwick. */
export async function askedOf(answer: RequestListener, start: (wiring: Wiring) => Promise<RunningGateway>): Promise<Outcome> {
  const closing: (() => Promise<unknown>)[] = []
  try {
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
    const gateway = await start({ port: await freePort(), bailiwick: `127.0.0.1:${portOf(server)}`, behind: behind.host, key: 'k' })
    closing.push(() => gateway.close())
    const { status } = await fetch(`${gateway.url}/payments/mcp`)
    return { status, reached: behind.reached.length }
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}
