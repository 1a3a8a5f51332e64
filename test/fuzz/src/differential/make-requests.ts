// From documented requests to as many others as wanted: a few mutations of the document, then sometimes of its bytes and its headers.
import type { HeaderList } from '@bailiwick/core'
import { GOLDEN } from '../../../../services/enrichment/test/read/llm/golden-requests.ts'
import { GOLDEN_MESSAGES } from '../../../../services/enrichment/test/read/mcp/golden-messages.ts'
import type { Random } from '../random.ts'
import { HEADER_NAMES, HEADER_VALUES, PLAIN_SPACES, SPACES } from './fragments.ts'
import { mutateBytes } from './mutate-bytes.ts'
import { mutateTree } from './mutate-tree.ts'
import type { BodyKind } from './parser.ts'
import type { Request } from './request.ts'
import { nodesOf, replaceNode, toTree, write } from './tree.ts'
import type { Punctuation, Tree } from './tree.ts'

export interface Seed {
  readonly kind: BodyKind
  readonly path: string
  readonly headers: HeaderList
  readonly tree: Tree
}

const JSON_TYPE: HeaderList = [['content-type', 'application/json']]

export const SEEDS: readonly Seed[] = [
  ...GOLDEN_MESSAGES.map(({ path, headers, body }): Seed => ({ kind: 'mcp', path, headers, tree: toTree(body) })),
  ...GOLDEN.map(({ path, body }): Seed => ({ kind: 'llm', path, headers: JSON_TYPE, tree: toTree(body) })),
]

export function makeRequest(random: Random): Request {
  const seed = random.pick(SEEDS)
  let { tree } = seed
  for (let left = random.below(4); left > 0; left--) tree = mutateTree(tree, random)
  // A part of another request, where both have room for it.
  if (random.oneIn(12)) tree = replaceNode(tree, random.pick(nodesOf(tree)), random.pick(nodesOf(random.pick(SEEDS).tree)))
  let body: Buffer = Buffer.from(write(tree, punctuation(random)))
  if (random.oneIn(6)) body = mutateBytes(body, random)
  return { kind: seed.kind, method: 'POST', path: seed.path, headers: random.oneIn(8) ? mutateHeaders(seed.headers, random) : seed.headers, body }
}

export function punctuation(random: Random): Punctuation {
  const spaced = random.oneIn(4)
  const wild = random.oneIn(24)
  return {
    space: () => (wild && random.oneIn(12) ? random.pick(SPACES) : spaced ? random.pick(PLAIN_SPACES) : ''),
    comma: () => (wild && random.oneIn(24) ? random.pick([',,', ';', ' ']) : ','),
    last: () => (wild && random.oneIn(24) ? ',' : ''),
  }
}

export function mutateHeaders(headers: HeaderList, random: Random): HeaderList {
  const at = random.below(headers.length)
  const header = [random.pick(HEADER_NAMES), random.pick(HEADER_VALUES)] as const
  switch (random.below(4)) {
    case 0:
      return headers.toSpliced(at, 1)
    case 1:
      return headers.toSpliced(at, 0, header)
    case 2:
      return headers.with(at, [headers[at]?.[0] ?? 'x', header[1]])
    default:
      return headers.toReversed()
  }
}
