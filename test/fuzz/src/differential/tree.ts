// A JSON document whose source text can be anything: every key and scalar is kept as it is written, so that a mutation can write what no serializer would.

export type Tree =
  | { readonly kind: 'object'; readonly members: readonly Member[] }
  | { readonly kind: 'array'; readonly items: readonly Tree[] }
  /** Source text: a number, a string with its quotes, a word, or something that is none of these. */
  | { readonly kind: 'text'; readonly text: string }

export interface Member {
  /** Source text, quotes included. */
  readonly key: string
  readonly value: Tree
}

export function toTree(value: unknown): Tree {
  if (Array.isArray(value)) return { kind: 'array', items: value.map(toTree) }
  if (typeof value === 'object' && value !== null) {
    return { kind: 'object', members: Object.entries(value).map(([key, member]) => ({ key: JSON.stringify(key), value: toTree(member) })) }
  }
  return { kind: 'text', text: JSON.stringify(value) }
}

export interface Punctuation {
  /** What stands between any two tokens. */
  readonly space: () => string
  readonly comma: () => string
  /** What stands behind the last item of a container: nothing, or a comma too many. */
  readonly last: () => string
}

export function write(tree: Tree, marks: Punctuation): string {
  const { space } = marks
  switch (tree.kind) {
    case 'text':
      return tree.text
    case 'array':
      return `[${joined(tree.items, marks, (item) => write(item, marks))}${space()}]`
    case 'object':
      return `{${joined(tree.members, marks, ({ key, value }) => `${key}${space()}:${space()}${write(value, marks)}`)}${space()}}`
  }
}

function joined<T>(parts: readonly T[], { space, comma, last }: Punctuation, one: (part: T) => string): string {
  return parts.map((part, at) => `${space()}${one(part)}${at === parts.length - 1 ? last() : comma()}`).join('')
}

/** The tree itself first. */
export function nodesOf(tree: Tree, into: Tree[] = []): readonly Tree[] {
  into.push(tree)
  if (tree.kind === 'array') for (const item of tree.items) nodesOf(item, into)
  if (tree.kind === 'object') for (const { value } of tree.members) nodesOf(value, into)
  return into
}

/** A tree with `by` in the place of `node`, which is one of `nodesOf(tree)`; where it stands twice, in the first. */
export function replaceNode(tree: Tree, node: Tree, by: Tree): Tree {
  if (tree === node) return by
  if (tree.kind === 'array') {
    const at = tree.items.findIndex((item) => holds(item, node))
    const item = tree.items[at]
    return item === undefined ? tree : { kind: 'array', items: tree.items.with(at, replaceNode(item, node, by)) }
  }
  if (tree.kind === 'object') {
    const at = tree.members.findIndex(({ value }) => holds(value, node))
    const member = tree.members[at]
    if (member === undefined) return tree
    return { kind: 'object', members: tree.members.with(at, { ...member, value: replaceNode(member.value, node, by) }) }
  }
  return tree
}

function holds(tree: Tree, node: Tree): boolean {
  if (tree === node) return true
  if (tree.kind === 'array') return tree.items.some((item) => holds(item, node))
  return tree.kind === 'object' && tree.members.some(({ value }) => holds(value, node))
}
