// Every mutant, and those that cannot be made here.
import { LATE_MUTANTS } from './late-mutants.ts'
import type { Mutant, NotExpressed } from './mutant.ts'
import { REDIS_MUTANTS } from './redis-mutants.ts'
import { SAID_MUTANTS } from './said-mutants.ts'
import { SQLITE_MUTANTS } from './sqlite-mutants.ts'

export const MUTANTS: readonly Mutant[] = [...SQLITE_MUTANTS, ...SAID_MUTANTS, ...LATE_MUTANTS, ...REDIS_MUTANTS]

export const NOT_EXPRESSED: readonly NotExpressed[] = [
  { name: 'synchronous=OFF', why: 'a killed process keeps what the kernel has; only a disk that forgets what was not synced shows it' },
  { name: 'revocation keyed by the raw token string', why: 'a token has one spelling: another one is refused before any state is read' },
  { name: 'writes resent by the client library', why: 'every write is a compare-and-set script: one that comes twice changes nothing' },
  {
    name: 'one replica must follow, no WAIT after a failover',
    why: 'a promoted primary without a replica refuses the fence, so nothing is acknowledged there',
  },
]
