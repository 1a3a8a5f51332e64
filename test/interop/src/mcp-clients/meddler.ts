// A proxy between a client and the gateway that can change one thing of each request, or answer it itself: a broken client, a confused proxy, an attacker on
// the agent's side. Changes nothing unless told.
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

export interface Passing {
  readonly method: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** Of the JSON-RPC message in the body as it came, where there is one. */
  readonly rpcMethod: string | undefined
  readonly rpcId: string | undefined
}

/** May change what passes, wait, or answer in the gateway's place by returning true. */
export type Meddle = (passing: Passing, response: ServerResponse) => Promise<boolean> | boolean

export interface Meddler {
  readonly url: string
  meddle: Meddle
  /** Headers added to every answer. */
  answerHeaders: Readonly<Record<string, string>>
  /** Status of each answer of the gateway, with what was asked, oldest first. */
  readonly answered: { readonly what: string; readonly status: number }[]
  close(): Promise<void>
}

export async function startMeddler(target: string): Promise<Meddler> {
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('listening on a port was expected')
  const meddler: Meddler = {
    url: `http://127.0.0.1:${address.port}`,
    meddle: () => false,
    answerHeaders: {},
    answered: [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return meddler

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray())
    const { 'transfer-encoding': _coding, connection: _connection, ...headers } = request.headers
    const passing: Passing = { method: request.method ?? '', headers, body, ...messageIn(body) }
    if (await meddler.meddle(passing, response)) return
    const url = new URL(request.url ?? '/', target)
    const length = passing.body.length > 0 ? { 'content-length': String(passing.body.length) } : {}
    const { 'content-length': _length, ...rest } = passing.headers
    const onward = httpRequest(url, { method: passing.method, headers: { ...rest, host: url.host, ...length } }, (answer) => {
      meddler.answered.push({ what: passing.rpcMethod ?? passing.method, status: answer.statusCode ?? 0 })
      response.writeHead(answer.statusCode ?? 502, { ...answer.headers, ...meddler.answerHeaders })
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    onward.end(passing.body)
  }
}

function messageIn(body: Buffer): Pick<Passing, 'rpcMethod' | 'rpcId'> {
  try {
    const message: unknown = JSON.parse(body.toString('utf8'))
    if (typeof message !== 'object' || message === null) return { rpcMethod: undefined, rpcId: undefined }
    return {
      rpcMethod: 'method' in message && typeof message.method === 'string' ? message.method : undefined,
      rpcId: 'id' in message ? JSON.stringify(message.id) : undefined,
    }
  } catch {
    return { rpcMethod: undefined, rpcId: undefined }
  }
}
