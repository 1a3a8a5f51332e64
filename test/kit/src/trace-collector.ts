// An OpenTelemetry collector for tests: takes OTLP traces over HTTP with JSON on loopback and keeps the spans.
import { once } from 'node:events'
import { createServer } from 'node:http'

export interface CollectedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[]
  readonly status?: { readonly code?: number }
}

export interface TraceCollector {
  /** The traces URL. */
  readonly url: string
  readonly spans: readonly CollectedSpan[]
  /** Every request body as it came. */
  readonly bodies: readonly string[]
  /** Answers this status from now on, keeping nothing. */
  fail(status: number): void
  close(): Promise<void>
}

interface Traces {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[] }[]
}

function isTraces(value: unknown): value is Traces {
  return typeof value === 'object' && value !== null && 'resourceSpans' in value
}

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: CollectedSpan[] = []
  const bodies: string[] = []
  let failing: number | undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      bodies.push(body)
      if (failing === undefined && request.method === 'POST' && request.url === '/v1/traces') {
        const sent: unknown = JSON.parse(body)
        if (isTraces(sent)) for (const { scopeSpans } of sent.resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans)
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
      } else response.writeHead(failing ?? 404).end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}/v1/traces`,
    spans,
    bodies,
    fail: (status) => {
      failing = status
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
