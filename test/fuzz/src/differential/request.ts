// One request as a gateway shows it: what our reader judges, and what the server behind it parses.
import type { HeaderList } from '@bailiwick/core'
import type { BodyKind } from './parser.ts'

export interface Request {
  readonly kind: BodyKind
  readonly method: string
  readonly path: string
  readonly headers: HeaderList
  readonly body: Buffer
}
