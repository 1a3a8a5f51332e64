// An OpenAI-compatible model endpoint that answers the same to everybody. No network, no intelligence.
import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { serve } from '../listening.ts'
import type { Listening, Running } from '../listening.ts'
import type { Admission } from './admission.ts'

export interface ModelEndpoint extends Running {
  readonly calls: () => number
  /** How the last request looked when it arrived. */
  readonly last: () => { readonly path: string; readonly headers: IncomingHttpHeaders } | undefined
}

export async function startModel(
  at: number | Listening,
  admits: Admission,
  /** Told of each completion. */
  onCall: (calls: number) => void = () => {},
): Promise<ModelEndpoint> {
  let calls = 0
  let last: ReturnType<ModelEndpoint['last']>
  const running = await serve(at, (request, response) => {
    const answer = async (): Promise<void> => {
      const body = Buffer.concat(await request.toArray())
      if (!(await admits(request))) {
        response.writeHead(403).end()
        return
      }
      calls += 1
      onCall(calls)
      last = { path: request.url ?? '', headers: request.headers }
      const { model } = z.looseObject({ model: z.string() }).parse(JSON.parse(body.toString('utf8')))
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({
          id: `chatcmpl-${calls}`,
          object: 'chat.completion',
          model,
          choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Refund 40.00 on T-1042.' } }],
        }),
      )
    }
    void answer().catch(() => response.destroy())
  })
  return { ...running, calls: () => calls, last: () => last }
}
