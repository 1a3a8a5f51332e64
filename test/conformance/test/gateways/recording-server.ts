// What lies behind a gateway in a test: answers everything with 200 and remembers what reached it.
import type { HeaderList } from '@bailiwick/core'
import { serve } from '../../../../examples/support-desk/src/listening.ts'

export interface Reached {
  readonly method: string
  readonly path: string
  /** Wire order, names lower-case, repeats kept. */
  readonly headers: HeaderList
  readonly body: string
}

export interface RecordingServer {
  readonly host: string
  readonly reached: readonly Reached[]
  close(): Promise<void>
}

export async function startRecordingServer(): Promise<RecordingServer> {
  const reached: Reached[] = []
  const running = await serve(0, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const headers: [string, string][] = []
      for (let at = 0; at + 1 < request.rawHeaders.length; at += 2)
        headers.push([(request.rawHeaders[at] ?? '').toLowerCase(), request.rawHeaders[at + 1] ?? ''])
      reached.push({ method: request.method ?? '', path: request.url ?? '', headers, body: Buffer.concat(chunks).toString('utf8') })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"served":true}')
    })
  })
  return { host: new URL(running.url).host, reached, close: () => running.close() }
}
