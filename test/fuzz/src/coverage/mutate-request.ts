// Any part of a request changed: its document where it has one, its bytes, its headers, its path, its method, its kind.
import { HEADER_NAMES, HEADER_VALUES } from '../differential/fragments.ts'
import { mutateHeaders, punctuation, SEEDS } from '../differential/make-requests.ts'
import { mutateBytes } from '../differential/mutate-bytes.ts'
import { mutateTree } from '../differential/mutate-tree.ts'
import type { Request } from '../differential/request.ts'
import { nodesOf, replaceNode, toTree, write } from '../differential/tree.ts'
import type { Tree } from '../differential/tree.ts'
import type { Random } from '../random.ts'

/** Bodies grow by mutation; beyond this they only get slower. */
const MAX_BODY_BYTES = 16_384
const MAX_DEPTH = 200

const FORM_PIECES = [
  '\r\n',
  '--',
  '--X-form-0123\r\n',
  '--X-form-0123--',
  'Content-Disposition: form-data; name="model"\r\n\r\n',
  'name="',
  'filename="a"',
  "filename*=UTF-8''a",
  'Content-Type: text/plain; charset=utf-8\r\n',
  'Content-Transfer-Encoding: base64\r\n',
  '"',
  ';',
  '\\',
] as const
const PATH_PIECES = ['/', '//', '/..', '/.', '%2f', '%2F', '%25', '%', ';', '?', '&', 'model=x', '#', '\\', ':', '@', '%3A', 'é', ' ', 'v1', 'x'] as const

export function mutateRequest(request: Request, random: Random): Request {
  switch (random.below(12)) {
    case 0:
      return {
        ...request,
        headers: request.headers.length === 0 ? [[random.pick(HEADER_NAMES), random.pick(HEADER_VALUES)]] : mutateHeaders(request.headers, random),
      }
    case 1:
      return { ...request, path: mutatePath(request.path, random) }
    case 2:
      return random.oneIn(4) ? { ...request, method: random.pick(['GET', 'DELETE', 'PUT', 'POST', '', 'post']) } : request
    case 3:
    case 4:
      return withBody(request, mutateBytes(request.body, random))
    case 5:
      return withBody(request, insert(request.body, random.pick(FORM_PIECES), random))
    default:
      return mutateDocument(request, random)
  }
}

function mutateDocument(request: Request, random: Random): Request {
  const tree = treeOf(request.body)
  if (tree === undefined) return withBody(request, mutateBytes(request.body, random))
  const other = random.pick(SEEDS).tree
  const mutated = random.oneIn(6) ? replaceNode(tree, random.pick(nodesOf(tree)), random.pick(nodesOf(other))) : mutateTree(tree, random)
  return withBody(request, Buffer.from(write(mutated, punctuation(random))))
}

function treeOf(body: Buffer): Tree | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return depthOf(body) > MAX_DEPTH ? undefined : toTree(value)
  } catch {
    return undefined
  }
}

function depthOf(body: Buffer): number {
  let depth = 0
  let most = 0
  for (const byte of body) {
    if (byte === 0x5b || byte === 0x7b) most = Math.max(most, ++depth)
    if (byte === 0x5d || byte === 0x7d) depth--
  }
  return most
}

function mutatePath(path: string, random: Random): string {
  // Another dialect's path under the same body, too.
  if (random.oneIn(3)) return random.pick(SEEDS).path
  const at = random.below(path.length + 1)
  const piece = random.oneIn(4) ? '' : random.pick(PATH_PIECES)
  return `${path.slice(0, at)}${piece}${path.slice(at + random.below(3))}`
}

function insert(body: Buffer, piece: string, random: Random): Buffer {
  const at = random.below(body.length + 1)
  return Buffer.concat([body.subarray(0, at), Buffer.from(piece), body.subarray(at + random.below(2))])
}

function withBody(request: Request, body: Buffer): Request {
  return body.length > MAX_BODY_BYTES ? request : { ...request, body }
}
