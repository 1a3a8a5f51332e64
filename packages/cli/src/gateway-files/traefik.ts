// A configuration of Traefik: the dynamic one with its forwardAuth middlewares, or the static one with what listens.
import { BYPASS, KEY_HEADER, UNPROVED, UNREAD, needsBody } from './rule.ts'
import type { Lint } from './rule.ts'
import { refuseUncopied } from './kubernetes.ts'
import type { YamlMap } from './yaml-maps.ts'

const ADDRESS = /^https?:\/\/[^/]+\/forward-auth\/traefik\/([a-z][a-z0-9-]*)\/?$/

export function isTraefik(maps: readonly YamlMap[]): boolean {
  return maps.some((map) => map.has('forwardAuth') || (map.path === '' && map.has('entryPoints')))
}

export function lintTraefik(maps: readonly YamlMap[], lint: Lint): void {
  const listening = maps.find((map) => map.path === '')?.at('entryPoints')
  if (listening !== undefined) lintEntryPoints(listening, lint)
  if (listening === undefined || maps.some((map) => map.has('forwardAuth'))) lintMiddlewares(maps, lint)
}

const ENCODED = ['Slash', 'BackSlash', 'NullCharacter', 'Semicolon', 'Percent', 'QuestionMark', 'Hash'].map((name) => `allowEncoded${name}`)

function lintEntryPoints(listening: YamlMap, { found }: Lint): void {
  for (const name of listening.keys) {
    const http = listening.at(name, 'http')
    if (http?.get('sanitizePath') === false || !ENCODED.every((key) => http?.at('encodedCharacters')?.get(key) === false))
      found.warn('traefik.path', `entry point ${name}: paths are not brought to one spelling (sanitizePath, encodedCharacters)`, {
        costs: 'the server may take another path than the router and Bailiwick, which refuses those it sees',
      })
    if (!['reject', 'delete'].includes(http?.text('underscoreHeadersStrategy') ?? ''))
      found.warn('traefik.underscores', `entry point ${name}: no underscoreHeadersStrategy: reject`, {
        costs: 'a server that reads headers as CGI does takes X_Name for X-Name, which a middleware may have set; Bailiwick refuses those with its own prefix',
      })
  }
}

function lintMiddlewares(maps: readonly YamlMap[], lint: Lint): void {
  const { found } = lint
  const asks = maps.flatMap((map) => map.at('forwardAuth') ?? [])
  if (asks.length === 0) found.refuse('traefik.forward_auth', 'no forwardAuth anywhere in this file', BYPASS)
  const isShown = maps.some((map) => map.at('headers', 'customRequestHeaders')?.keys.some((key) => key.toLowerCase() === KEY_HEADER) === true)
  for (const ask of asks) {
    const where = `line ${ask.line}`
    const resource = ADDRESS.exec(ask.text('address'))?.[1]
    if (resource === undefined)
      found.refuse('traefik.address', `${where}: the address is not .../forward-auth/traefik/<resource>`, {
        costs: 'Bailiwick is not asked: its answer denies every call',
      })
    if (ask.get('trustForwardHeader') === true)
      found.refuse('traefik.trust_forward_header', `${where}: trustForwardHeader: true`, { costs: 'the client says itself which method and path are judged' })
    if (!ask.has('trustForwardHeader'))
      found.warn('traefik.trust_forward_header', `${where}: no trustForwardHeader: false`, {
        costs: 'some of the client’s own X-Forwarded headers are handed on, and Bailiwick refuses requests that have the wrong ones',
      })
    refuseUncopied(ask.get('authResponseHeaders'), 'traefik.identity', `${where}: authResponseHeaders`, lint)
    const blind = resource === undefined ? undefined : lint.resourceOf(resource)
    const why = blind === undefined ? undefined : needsBody(blind)
    if (ask.get('forwardBody') !== true) {
      if (why === undefined) found.warn('traefik.body', `${where}: no forwardBody: true`, UNREAD)
      else found.refuse('traefik.body', `${where}: no forwardBody: true, and ${why}`, UNREAD)
    } else if (typeof ask.get('maxBodySize') !== 'number' || ask.get('maxBodySize') === -1) {
      found.warn('traefik.max_body', `${where}: no maxBodySize`, { costs: 'Traefik holds bodies of any size in memory' })
    }
    if (!isShown && !ask.has('tls')) found.refuse('traefik.key', `${where}: no middleware sets ${KEY_HEADER}, and there is no client certificate`, UNPROVED)
  }
  if (!maps.some((map) => isEmptied(map, 'upgrade')))
    found.refuse('traefik.upgrade', 'no middleware empties Upgrade behind forwardAuth', {
      costs: 'Traefik does not show it to Bailiwick and hands it on: nobody judges what is said over the connection it opens',
    })
  if (!maps.some((map) => isEmptied(map, 'authorization')))
    found.warn('traefik.authorization', 'no middleware empties Authorization behind forwardAuth', {
      costs: 'the server behind gets the runtime token (right only with forward_token: true)',
    })
  if (isShown && !maps.some((map) => isEmptied(map, KEY_HEADER)))
    found.refuse('traefik.key_forwarded', `no middleware empties ${KEY_HEADER} behind forwardAuth`, {
      costs: 'the server behind learns the secret of this gateway',
    })
}

function isEmptied(map: YamlMap, header: string): boolean {
  const set = map.at('headers', 'customRequestHeaders')
  const name = set?.keys.find((key) => key.toLowerCase() === header)
  return name !== undefined && set?.get(name) === ''
}
