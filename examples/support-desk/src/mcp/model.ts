// An OpenAI-compatible model endpoint that answers the same to everybody. No network, no intelligence.
import { z } from 'zod'
import { UPSTREAM_KEY_HEADER } from './upstream.ts'
import { serve } from '../listening.ts'
import type { Running } from '../listening.ts'

export interface ModelEndpoint extends Running {
  readonly calls: () => number
}

export async function startModel(port: number, key: string): Promise<ModelEndpoint> {
  let calls = 0
  const running = await serve(port, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.headers[UPSTREAM_KEY_HEADER] !== key) {
        response.writeHead(403).end()
        return
      }
      calls += 1
      const { model } = z.looseObject({ model: z.string() }).parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({
          id: `chatcmpl-${calls}`,
          object: 'chat.completion',
          model,
          choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Refund 40.00 on T-1042.' } }],
        }),
      )
    })
  })
  return { ...running, calls: () => calls }
}
