// Where the harness reaches into every node, mutant or not: the store and the journal as standalone hands them to the services. Only delays what it is
// told to delay; what is answered is the product's.
import type { SourceEdit } from './edit-source.ts'

const WATCHED = 'services/standalone/src/watched.ts'

/** The name `run-node.ts` leaves its hands under. */
export const HANDS = 'bailiwickFaults'

export const SEAMS: readonly SourceEdit[] = [
  { file: WATCHED, find: 'export function watchStore(', replace: 'function storeAsItIs(' },
  {
    file: WATCHED,
    append: `export function watchStore(store: TaskStore, metrics: never): TaskStore { return Reflect.get(globalThis, '${HANDS}').store(storeAsItIs(store, metrics)) }`,
  },
  { file: WATCHED, find: 'export function watchJournal(', replace: 'function journalAsItIs(' },
  {
    file: WATCHED,
    append: `export function watchJournal(journal: Journal, metrics: never): Journal { return Reflect.get(globalThis, '${HANDS}').journal(journalAsItIs(journal, metrics)) }`,
  },
]
