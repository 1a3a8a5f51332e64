// Mutations that know the grammar: each takes a document and gives another, still mostly a document.
import type { Random } from '../random.ts'
import { MEMBERS, NUMBERS, PROTOTYPE_KEYS, STRINGS, WORDS } from './fragments.ts'
import { respelt } from './spellings.ts'
import { nodesOf, replaceNode } from './tree.ts'
import type { Member, Tree } from './tree.ts'

type TreeObject = Extract<Tree, { kind: 'object' }>
type Mutation = (tree: Tree, random: Random) => Tree

export function mutateTree(tree: Tree, random: Random): Tree {
  return random.pick(MUTATIONS)(tree, random)
}

const text = (source: string): Tree => ({ kind: 'text', text: source })
const scalar = (random: Random): Tree => text(random.pick(random.oneIn(8) ? WORDS : random.oneIn(2) ? NUMBERS : STRINGS))

/** Some node of the kind asked for, replaced; the same tree where there is none. */
function somewhere<K extends Tree['kind']>(tree: Tree, kind: K, random: Random, change: (node: Extract<Tree, { kind: K }>) => Tree): Tree {
  const found = nodesOf(tree).filter((node) => isKind(node, kind))
  if (found.length === 0) return tree
  const node = random.pick(found)
  return replaceNode(tree, node, change(node))
}

function isKind<K extends Tree['kind']>(node: Tree, kind: K): node is Extract<Tree, { kind: K }> {
  return node.kind === kind
}

const inObject = (tree: Tree, random: Random, change: (members: readonly Member[]) => readonly Member[]): Tree =>
  somewhere(tree, 'object', random, ({ members }): TreeObject => ({ kind: 'object', members: change(members) }))

const withMember = (members: readonly Member[], random: Random, member: Member): readonly Member[] =>
  members.toSpliced(random.below(members.length + 1), 0, member)

/** A value a member could have: taken from elsewhere in the document, or a scalar. */
function someValue(tree: Tree, random: Random): Tree {
  return random.oneIn(2) ? scalar(random) : random.pick(nodesOf(tree))
}

const MUTATIONS: readonly Mutation[] = [
  // The same key once more: as it is, escaped, or in a spelling that some take for it.
  (tree, random) => inObject(tree, random, (members) => (members.length === 0 ? members : again(tree, members, random))),
  (tree, random) => inObject(tree, random, (members) => (members.length === 0 ? members : again(tree, members, random))),
  (tree, random) =>
    inObject(tree, random, (members) => {
      const at = random.below(Math.max(1, members.length))
      const member = members[at]
      return member === undefined ? members : members.with(at, { ...member, key: respelt(member.key, random) })
    }),
  (tree, random) =>
    inObject(tree, random, (members) => withMember(members, random, { key: JSON.stringify(random.pick(MEMBERS)), value: someValue(tree, random) })),
  (tree, random) =>
    inObject(tree, random, (members) =>
      withMember(members, random, { key: respelt(JSON.stringify(random.pick(MEMBERS)), random), value: someValue(tree, random) }),
    ),
  (tree, random) => inObject(tree, random, (members) => withMember(members, random, { key: random.pick(PROTOTYPE_KEYS), value: someValue(tree, random) })),
  (tree, random) => inObject(tree, random, (members) => withMember(members, random, { key: random.pick(STRINGS), value: scalar(random) })),
  (tree, random) => inObject(tree, random, (members) => (members.length === 0 ? members : members.toSpliced(random.below(members.length), 1))),
  (tree, random) => inObject(tree, random, (members) => members.toReversed()),
  // Numbers at the edges, strings of every kind, in the place of scalars and of anything.
  (tree, random) => somewhere(tree, 'text', random, () => text(random.pick(NUMBERS))),
  (tree, random) => somewhere(tree, 'text', random, () => text(someNumber(random))),
  (tree, random) => somewhere(tree, 'text', random, () => text(someNumber(random))),
  (tree, random) => somewhere(tree, 'text', random, () => text(random.pick(STRINGS))),
  (tree, random) => somewhere(tree, 'text', random, (node) => text(escaped(node.text, random))),
  (tree, random) => replaceNode(tree, random.pick(nodesOf(tree)), someValue(tree, random)),
  (tree, random) => somewhere(tree, 'array', random, ({ items }) => ({ kind: 'array', items: [...items, someValue(tree, random)] })),
  (tree, random) => somewhere(tree, 'array', random, ({ items }) => ({ kind: 'array', items: items.flatMap((item) => [item, item]) })),
  // Nesting, near the limit and far above it.
  (tree, random) => nested(tree, random, random.below(8) + 58),
  (tree, random) => replaceNode(tree, random.pick(nodesOf(tree)), text(brackets(random.oneIn(16) ? 3_000 : random.below(80)))),
  (tree, random) => nested(tree, random, random.below(6) + 1),
  // Bulk: many members, a long string.
  (tree, random) =>
    inObject(tree, random, (members) => [
      ...members,
      ...Array.from({ length: random.oneIn(8) ? 1_000 + random.below(8) : random.below(40) }, (_, at) => ({ key: `"k${at}"`, value: text('1') })),
    ]),
  (tree, random) => somewhere(tree, 'text', random, () => text(`"${'x\u00e9'.repeat(random.below(random.oneIn(8) ? 4_000 : 60))}"`)),
  (tree) => ({ kind: 'array', items: [tree] }),
]

function again(tree: Tree, members: readonly Member[], random: Random): readonly Member[] {
  const member = random.pick(members)
  const key = random.oneIn(3) ? member.key : respelt(member.key, random)
  return withMember(members, random, { key, value: random.oneIn(3) ? member.value : someValue(tree, random) })
}

function nested(tree: Tree, random: Random, levels: number): Tree {
  const node = random.pick(nodesOf(tree))
  let inside = node
  for (let level = 0; level < levels; level++)
    inside = random.oneIn(2) ? { kind: 'array', items: [inside] } : { kind: 'object', members: [{ key: '"a"', value: inside }] }
  return replaceNode(tree, node, inside)
}

/** As source text: so deep a tree could not be walked. */
function brackets(levels: number): string {
  return `${'['.repeat(levels)}${']'.repeat(levels)}`
}

/** Digits without a plan: most are decimals that two parsers could round differently. */
function someNumber(random: Random): string {
  const digits = (most: number): string => Array.from({ length: 1 + random.below(most) }, () => random.below(10)).join('')
  const whole = random.oneIn(2) ? '0' : digits(17).replace(/^0+(?=\d)/, '')
  const fraction = random.oneIn(3) ? '' : `.${digits(18)}`
  const exponent = random.oneIn(2) ? '' : `${random.pick(['e', 'E', 'e+', 'e-'])}${random.below(random.oneIn(4) ? 330 : 25)}`
  return `${random.oneIn(3) ? '-' : ''}${whole}${fraction}${exponent}`
}

/** The same string, one character of it as an escape. */
function escaped(source: string, random: Random): string {
  if (!source.startsWith('"') || source.length < 3) return source
  const at = 1 + random.below(source.length - 2)
  if (source[at] === '\\' || source[at - 1] === '\\') return source
  const hex = source.charCodeAt(at).toString(16).padStart(4, '0')
  return `${source.slice(0, at)}\\u${random.oneIn(2) ? hex.toUpperCase() : hex}${source.slice(at + 1)}`
}
