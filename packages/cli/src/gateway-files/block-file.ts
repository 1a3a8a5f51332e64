// nginx's and Caddy's files as a tree of directives: words, then perhaps a block. Knows quotes and comments, expands nothing. No I/O.

export interface Directive {
  readonly name: string
  readonly words: readonly string[]
  readonly line: number
  readonly block?: readonly Directive[]
}

interface Token {
  readonly text: string
  readonly line: number
  readonly kind: 'word' | 'open' | 'close' | 'end'
}

/** `endsAt`: what ends a directive without a block. */
export function parseBlocks(text: string, endsAt: ';' | 'newline'): readonly Directive[] {
  const tokens = tokensOf(text, endsAt)
  let at = 0
  const block = (): readonly Directive[] => {
    const found: Directive[] = []
    let words: Token[] = []
    const flush = (inner?: readonly Directive[]): void => {
      const [first] = words
      if (first !== undefined || inner !== undefined) {
        found.push({
          name: first?.text ?? '',
          words: words.slice(1).map(({ text: word }) => word),
          line: first?.line ?? 1,
          ...(inner === undefined ? {} : { block: inner }),
        })
      }
      words = []
    }
    for (let token = tokens[at]; token !== undefined; token = tokens[at]) {
      at += 1
      if (token.kind === 'word') words.push(token)
      else if (token.kind === 'end') flush()
      else if (token.kind === 'open') flush(block())
      else break
    }
    flush()
    return found
  }
  return block()
}

function tokensOf(text: string, endsAt: ';' | 'newline'): readonly Token[] {
  const tokens: Token[] = []
  const pattern = /#[^\n]*|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|\n|;|\{(?=\s|$)|\}(?=\s|;|$)|(?:[^\s;{}"'`#]|\{[^\s{}]*\}|#)+|[{}]/g
  let line = 1
  for (const [found] of text.matchAll(pattern)) {
    if (found === '\n') {
      if (endsAt === 'newline') tokens.push({ text: '', line, kind: 'end' })
      line += 1
    } else if (found.startsWith('#')) continue
    else if (found === ';' && endsAt === ';') tokens.push({ text: '', line, kind: 'end' })
    else if (found === '{' || found === '}') tokens.push({ text: '', line, kind: found === '{' ? 'open' : 'close' })
    else {
      tokens.push({ text: /^["'`]/.test(found) ? found.slice(1, -1) : found, line, kind: 'word' })
      line += found.split('\n').length - 1
    }
  }
  return tokens
}

/** It and everything below it. */
export function every(directives: readonly Directive[]): readonly Directive[] {
  return directives.flatMap((directive) => [directive, ...every(directive.block ?? [])])
}

/** Those of this name in the block itself. */
export function named(directive: Directive, name: string): readonly Directive[] {
  return (directive.block ?? []).filter((each) => each.name === name)
}
