// The resource behind the gateway: takes whatever the harness's gateways let through, and writes down under which decision it came and what it asked for.
// It judges nothing; its log is compared with the answers and the journals.
import { createServer } from 'node:http'
import { isJsonObject, parseStrictJson, sha256Canonical } from '@bailiwick/json'
import type { UpstreamRequest } from '../checker/event.ts'
import type { Address } from '../network/network.ts'

export interface Upstream {
  readonly at: Address
  readonly requests: readonly UpstreamRequest[]
  close(): Promise<void>
}

export const DECISION_HEADER = 'x-bailiwick-decision'
const MAX_BYTES = 65_536

export async function startUpstream(): Promise<Upstream> {
  const requests: UpstreamRequest[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const decision = request.headers[DECISION_HEADER]
      requests.push({ recordId: typeof decision === 'string' ? decision : '', digest: digestOf(Buffer.concat(chunks)) })
      response.end('{}')
    })
    request.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    at: { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 },
    requests,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Of the arguments of the tool call in the body; empty for anything else, which no allow is about. */
function digestOf(body: Uint8Array): string {
  const parsed = parseStrictJson(body, { maxBytes: MAX_BYTES })
  const params = parsed.ok && isJsonObject(parsed.value) ? parsed.value['params'] : undefined
  const given = isJsonObject(params) ? params['arguments'] : undefined
  return isJsonObject(given) ? sha256Canonical(given) : ''
}
