// One mutant: a small, named change that breaks the promise, made inside the product while a node loads it, and the circumstances in which it shows.
import type { Rule } from '../checker/rules.ts'
import type { StoreKind } from '../cluster/cluster.ts'
import type { SourceEdit } from '../node/edit-source.ts'
import type { BadStore } from './bad-stores.ts'

export interface Mutant {
  readonly name: string
  readonly store: StoreKind
  readonly edits?: readonly SourceEdit[]
  readonly badStore?: BadStore
  /** Names of the faults it shows under; none: under load alone. */
  readonly faults: readonly string[]
  /** Any of them catches it. Late answers are judged where only they do. */
  readonly caughtBy: readonly Rule[]
  /** How often one of them has to be broken; once unless told. */
  readonly times?: number
  /** Of the Redis servers, where it needs another plan than the default one. */
  readonly redis?: { readonly acks?: number; readonly servers?: Readonly<Record<string, string>>; readonly single?: boolean }
}

/** Listed and never counted: what it would take, in words. */
export interface NotExpressed {
  readonly name: string
  readonly why: string
}
