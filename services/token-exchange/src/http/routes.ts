// The paths of this service, matched exactly: no case folding, no trailing slash. What is not here is somebody else's (`next`).
// The query is never read: a token in a URL ends up in logs.
import { Router } from 'express'
import type { RequestHandler } from 'express'
import type { TokenExchangeDeps } from '../deps.ts'
import { logFault } from '../exchange/record.ts'
import type { Handler } from './handler.ts'
import { introspectDoor } from './introspect.ts'
import { keysDoor, resourceMetadataDoor, serverMetadataDoor } from './metadata.ts'
import { reply } from './reply.ts'
import { revokeDoor } from './revoke.ts'
import { tokenBatchDoor } from './token-batch.ts'
import { tokenDoor } from './token.ts'

const SERVER_METADATA = '/.well-known/oauth-authorization-server'

export function routes(deps: TokenExchangeDeps): Router {
  const { config } = deps
  const router = Router({ caseSensitive: true, strict: true })
  const serve = (method: 'get' | 'post', path: string, handler: Handler): void => {
    router[method](path, guarded(deps, handler))
    router.all(path, methodNotAllowed(method === 'get' ? 'GET, HEAD' : 'POST'))
  }
  serve('post', '/oauth2/token', tokenDoor(deps))
  serve('post', '/oauth2/token-batch', tokenBatchDoor(deps))
  serve('post', '/oauth2/introspect', introspectDoor(deps))
  serve('post', '/oauth2/revoke', revokeDoor(deps))
  serve('get', '/.well-known/jwks.json', keysDoor(deps))
  serve('get', SERVER_METADATA, serverMetadataDoor(deps))
  // RFC 8414 section 3.1: the issuer's own path comes after the well-known one.
  const issuerPath = new URL(config.issuer).pathname.replace(/\/$/, '')
  if (issuerPath !== '') serve('get', `${SERVER_METADATA}${issuerPath}`, serverMetadataDoor(deps))
  for (const resource of config.resources.values()) {
    serve('get', `/.well-known/oauth-protected-resource/${resource.name}`, resourceMetadataDoor(config, resource))
  }
  return router
}

/** The walks never throw. If a door does, its caller gets neither a stack nor a token. */
function guarded({ log }: Pick<TokenExchangeDeps, 'log'>, handler: Handler): RequestHandler {
  return async (request, response) => {
    try {
      await handler(request, response)
    } catch (thrown) {
      logFault(log, 'none', thrown)
      if (response.headersSent) response.destroy()
      else reply(response, { status: 503, body: { error: 'server_error' }, headers: { 'retry-after': '1' } })
    }
  }
}

function methodNotAllowed(allow: string): RequestHandler {
  return (request, response) => {
    request.resume()
    reply(response, { status: 405, headers: { allow } })
  }
}
