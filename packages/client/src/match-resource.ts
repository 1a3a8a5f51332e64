// Which resource a URL belongs to: the same origin, and the longest path made of whole segments. Compares what fetch would really call, so nothing
// that is folded later (case, dot segments, backslashes, hosts in other spellings) is compared before. Pure.

export interface ResourceTarget {
  /** The resource URI, as Bailiwick spells it. */
  readonly uri: string
  readonly origin: string
  /** Without a trailing slash; empty for a whole origin. */
  readonly path: string
  /** With its `?`; a resource that has one is matched with exactly it. */
  readonly search: string
}

/** Undefined for a resource that cannot be called over HTTP. */
export function toTarget(uri: string): ResourceTarget | undefined {
  const url = URL.parse(uri)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '' || url.hash !== '') return undefined
  return { uri, origin: url.origin, path: url.pathname.replace(/\/$/, ''), search: url.search }
}

// A slash, backslash or dot segment that only some later hop will see as one: what the URL parser and that hop read are two different paths.
const HIDDEN_STEP = /%2f|%5c|%00|\/(?:\.|%2e){1,2}(?:;|%3b)/i

/** `ambiguous`: below a resource, but by a path that another server may read as lying outside it. */
export function matchResource(targets: readonly ResourceTarget[], url: URL): ResourceTarget | 'ambiguous' | undefined {
  let best: ResourceTarget | undefined
  for (const target of targets) {
    const longer = best === undefined || target.path.length > best.path.length || (target.path === best.path && target.search.length > best.search.length)
    if (longer && covers(target, url)) best = target
  }
  if (best === undefined) return undefined
  return HIDDEN_STEP.test(url.pathname.slice(best.path.length)) ? 'ambiguous' : best
}

function covers({ origin, path, search }: ResourceTarget, url: URL): boolean {
  if (url.origin !== origin || (search !== '' && url.search !== search)) return false
  return url.pathname === path || url.pathname.startsWith(`${path}/`)
}
