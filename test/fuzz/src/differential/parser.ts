// A parser that is not ours, asked what it sees in a body.

/** What the body is meant to be: servers decode it into the types of that protocol. */
export type BodyKind = 'mcp' | 'llm'

/** The types a server decodes into: of messages, of chat completions, or none of its own. */
export type StructKind = 'mcp' | 'chat' | 'none'

export interface Asked {
  readonly struct: StructKind
  readonly body: Uint8Array
}

/**
 * Name of the view to the canonical text of what it showed (canonical.ts); undefined where the parser refuses the body. The view `struct` holds only the
 * members a server's own types name, found as that language finds them; `typed.<name>` one argument of the tool in its own type; every other view the whole
 * document. `decimal` and `number` keep numbers as written.
 */
export type Seen = ReadonlyMap<string, string | undefined>

export interface Parser {
  /** `Python 3.11.7 json`. */
  readonly name: string
  /** In the order asked. Throws when the parser itself broke. */
  read(asked: readonly Asked[]): Promise<readonly Seen[]>
  close(): Promise<void>
}
