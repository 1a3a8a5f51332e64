// A directory of people and a client-credentials token endpoint on 127.0.0.1, which answer well or in every bad way a test asks for.
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { JsonObject } from '@bailiwick/core'
import { TEST_DIRECTORY_SECRET } from './test-secrets.ts'

/** `freeze`: takes the request and never answers. `drop`: cuts the connection. */
export type DirectoryMode =
  | 'ok'
  | 'freeze'
  | 'drop'
  | 'html'
  | 'redirect'
  | 'wrong_subject'
  | 'huge'
  | 'invalid_json'
  | 'duplicate_key'
  | 'list'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }

export type TokenMode = 'ok' | 'freeze' | 'drop' | 'html' | { readonly status: number } | { readonly expiresIn: number }

export interface DirectoryServer {
  /** `http://127.0.0.1:<port>/users/{id}` */
  readonly usersUrl: string
  /** The issuer of the token endpoint. */
  readonly issuer: string
  readonly client: { readonly id: string; readonly secret: string }
  /** By id at the issuer; change it as you like. */
  readonly users: Map<string, JsonObject>
  /** Every directory request, oldest first. */
  readonly requests: readonly { readonly path: string; readonly authorization: string | undefined }[]
  /** How many times a token was asked for. */
  readonly tokenRequests: number
  /** Ask for a token at /users; off unless told. */
  requireToken(): void
  /** Tokens given so far are no longer accepted. */
  revokeTokens(): void
  behave(mode: DirectoryMode): void
  behaveToken(mode: TokenMode): void
  /** Back to normal: what is frozen is answered now. */
  thaw(): void
  close(): Promise<void>
}

const CLIENT = { id: 'bailiwick', secret: TEST_DIRECTORY_SECRET }
const HUGE_BYTES = 8 * 1024 * 1024

export async function startDirectoryServer(users: Readonly<Record<string, JsonObject>> = {}): Promise<DirectoryServer> {
  const people = new Map(Object.entries(users))
  const requests: { path: string; authorization: string | undefined }[] = []
  const frozen: (() => void)[] = []
  const tokens = new Set<string>()
  let given = 0
  let mode: DirectoryMode = 'ok'
  let tokenMode: TokenMode = 'ok'
  let tokenRequests = 0
  let needsToken = false
  let origin = ''

  const answerUser = (request: IncomingMessage, response: ServerResponse): void => {
    const authorization = request.headers.authorization
    if (needsToken && !tokens.has(authorization?.replace(/^Bearer /, '') ?? '')) return json(response, 401, { error: 'invalid_token' })
    if (mode === 'freeze') {
      frozen.push(() => answerUser(request, response))
      return
    }
    if (typeof mode === 'object') return json(response, mode.status, { error: 'told to' }, mode.headers)
    const id = decodeURIComponent(new URL(request.url ?? '/', origin).pathname.slice('/users/'.length))
    const person = people.get(id)
    switch (mode) {
      case 'ok':
        return person === undefined ? json(response, 404, { error: 'unknown' }) : json(response, 200, person, { etag: `"${id}-1"` })
      case 'drop':
        request.socket.destroy()
        return
      case 'html':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<html>please sign in</html>')
        return
      case 'redirect':
        response.writeHead(302, { location: `${origin}/elsewhere` }).end()
        return
      case 'wrong_subject':
        return json(response, 200, { ...person, id: 'somebody-else' })
      case 'huge':
        return json(response, 200, { ...person, padding: 'x'.repeat(HUGE_BYTES) })
      case 'invalid_json':
        return raw(response, `{"id": "${id}", `)
      case 'duplicate_key':
        return raw(response, JSON.stringify(person ?? {}).replace(/^\{/, '{"id":"somebody-else",'))
      case 'list':
        return raw(response, JSON.stringify([person ?? {}]))
    }
  }

  const answerToken = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const asked = new URLSearchParams(await bodyOf(request))
    if (tokenMode === 'freeze') {
      frozen.push(() => giveToken(response))
      return
    }
    if (tokenMode === 'drop') {
      request.socket.destroy()
      return
    }
    if (tokenMode === 'html') {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>')
      return
    }
    if (typeof tokenMode === 'object' && 'status' in tokenMode) return json(response, tokenMode.status, { error: 'server_error' })
    const basic = `Basic ${Buffer.from(`${CLIENT.id}:${encodeURIComponent(CLIENT.secret).replaceAll('-', '%2D')}`).toString('base64')}`
    if (!sameBasic(request.headers.authorization, basic) || asked.get('grant_type') !== 'client_credentials')
      return json(response, 401, { error: 'invalid_client' })
    giveToken(response)
  }

  const giveToken = (response: ServerResponse): void => {
    given += 1
    const token = `directory-token-${given}`
    tokens.add(token)
    const expiresIn = typeof tokenMode === 'object' && 'expiresIn' in tokenMode ? tokenMode.expiresIn : 3600
    json(response, 200, { access_token: token, token_type: 'Bearer', expires_in: expiresIn }, { 'cache-control': 'no-store' })
  }

  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    if (path === '/.well-known/openid-configuration') {
      return json(response, 200, {
        issuer: origin,
        token_endpoint: `${origin}/token`,
        authorization_endpoint: `${origin}/authorize`,
        jwks_uri: `${origin}/jwks`,
      })
    }
    if (path === '/token') {
      tokenRequests += 1
      void answerToken(request, response)
      return
    }
    requests.push({ path, authorization: request.headers.authorization })
    if (path.startsWith('/users/')) return answerUser(request, response)
    // Where a followed redirect would arrive: it must find what looks like a good answer, so that following it is noticed.
    json(response, 200, { id: 'alice', tier: 'redirected', active: true })
  })
  origin = `http://127.0.0.1:${await listenOnLoopback(server)}`

  return {
    usersUrl: `${origin}/users/{id}`,
    issuer: origin,
    client: CLIENT,
    users: people,
    requests,
    get tokenRequests() {
      return tokenRequests
    },
    requireToken: () => {
      needsToken = true
    },
    revokeTokens: () => {
      tokens.clear()
    },
    behave: (to) => {
      mode = to
    },
    behaveToken: (to) => {
      tokenMode = to
    },
    thaw: () => {
      mode = 'ok'
      tokenMode = 'ok'
      for (const answer of frozen.splice(0)) answer()
    },
    close: async () => {
      const closed = Promise.withResolvers<void>()
      server.close(() => closed.resolve())
      server.closeAllConnections()
      await closed.promise
    },
  }
}

function json(response: ServerResponse, status: number, body: JsonObject, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function raw(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(text)
}

/** RFC 6749 section 2.3.1 form-encodes both halves; how much is escaped differs between clients. */
function sameBasic(sent: string | undefined, expected: string): boolean {
  return decoded(sent) !== undefined && decoded(sent) === decoded(expected)
}

function decoded(header: string | undefined): string | undefined {
  if (header?.startsWith('Basic ') !== true) return undefined
  return decodeURIComponent(Buffer.from(header.slice('Basic '.length), 'base64').toString('utf8'))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) body += String(chunk)
  return body
}

async function listenOnLoopback(server: Server): Promise<number> {
  const listening = Promise.withResolvers<number>()
  server.once('error', listening.reject)
  server.listen(0, '127.0.0.1', () => {
    const address = server.address()
    if (typeof address === 'object' && address !== null) listening.resolve(address.port)
    else listening.reject(new Error('no port'))
  })
  return await listening.promise
}
