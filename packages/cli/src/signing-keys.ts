// Where this node's signing keys lie, for commands that work on them.
import type { BailiwickConfig } from '@bailiwick/config'
import { CliError, EXIT } from './exit-code.ts'

export function signingKeysOf({ keys }: BailiwickConfig): { readonly directory: string; readonly algorithm: 'ES256' | 'RS256' } {
  if (keys.kind === 'directory') return keys
  throw new CliError(EXIT.usage, 'this node holds no signing keys (keys.jwks): run it where keys.directory is')
}
