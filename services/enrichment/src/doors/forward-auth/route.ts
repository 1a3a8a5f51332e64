// `/forward-auth/<dialect>/<resource>/...`: the gateway's own configuration, in the one place of the sub-request a client cannot write.
// No I/O; whether the gateway may ask about the resource is the walk's.
import { isForwardAuthDialect } from './dialects.ts'
import type { ForwardAuthDialectName } from './dialects.ts'

export interface ForwardAuthRoute {
  readonly dialect: ForwardAuthDialectName
  readonly resource: string
  /** What follows, query included; begins with `/` or `?`, or is empty. */
  readonly rest: string
}

const PREFIX = '/forward-auth/'
const ROUTE = /^\/forward-auth\/([a-z]+)\/([a-z][a-z0-9-]{0,62})([/?].*)?$/s

export function isForwardAuthPath(url: string): boolean {
  return url.startsWith(PREFIX)
}

/** Undefined where no dialect and no resource are named. */
export function parseForwardAuthPath(url: string): ForwardAuthRoute | undefined {
  const [, dialect, resource, rest = ''] = ROUTE.exec(url) ?? []
  if (dialect === undefined || resource === undefined || !isForwardAuthDialect(dialect)) return undefined
  return { dialect, resource, rest }
}
