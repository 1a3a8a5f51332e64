// A dynamic configuration of Traefik: its forwardAuth middlewares.
import { BYPASS, KEY_HEADER, UNPROVED, UNREAD, needsBody } from './rule.ts'
import type { Lint } from './rule.ts'
import { refuseUncopied } from './kubernetes.ts'
import type { YamlMap } from './yaml-maps.ts'

const ADDRESS = /^https?:\/\/[^/]+\/forward-auth\/traefik\/([a-z][a-z0-9-]*)\/?$/

export function isTraefik(maps: readonly YamlMap[]): boolean {
  return maps.some((map) => map.has('forwardAuth'))
}

export function lintTraefik(maps: readonly YamlMap[], lint: Lint): void {
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
  const isRemoved = maps.some((map) => map.at('headers', 'customRequestHeaders')?.get('Authorization') === '')
  if (!isRemoved)
    found.warn('traefik.authorization', 'no middleware empties Authorization behind forwardAuth', {
      costs: 'the server behind gets the runtime token (right only with forward_token: true)',
    })
  if (isShown && !maps.some((map) => keyEmptied(map)))
    found.refuse('traefik.key_forwarded', `no middleware empties ${KEY_HEADER} behind forwardAuth`, {
      costs: 'the server behind learns the secret of this gateway',
    })
}

function keyEmptied(map: YamlMap): boolean {
  const set = map.at('headers', 'customRequestHeaders')
  const name = set?.keys.find((key) => key.toLowerCase() === KEY_HEADER)
  return name !== undefined && set?.get(name) === ''
}
