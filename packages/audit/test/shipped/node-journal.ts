// Two real files: a node's journal and control's copies, and what the node would send.
import { join } from 'node:path'
import { openShippedRecords } from '../../src/index.ts'
import type { Journal, SealedRecord, ShippedRecords } from '../../src/index.ts'
import { openTestJournal } from '../fixture.ts'
import type { OpenJournal } from '../fixture.ts'

export const MARK = { store_id: 'store-1', epoch: 1, revision: 7 }

export interface Pair {
  readonly node: OpenJournal
  readonly copiesFile: string
  readonly copies: ShippedRecords
  reopenCopies(): Promise<ShippedRecords>
  remove(): Promise<void>
}

export async function openPair(options: { readonly reservedBytes?: number } = {}): Promise<Pair> {
  const node = await openTestJournal()
  const copiesFile = join(node.folder, 'shipped.db')
  const opened: ShippedRecords[] = []
  const open = (): ShippedRecords => {
    const copies = openShippedRecords({ file: copiesFile, clock: node.clock, reservedBytes: 0, ...options })
    opened.push(copies)
    return copies
  }
  return {
    node,
    copiesFile,
    copies: open(),
    reopenCopies: async () => {
      await opened.at(-1)?.close()
      return open()
    },
    remove: async () => {
      for (const copies of opened) await copies.close()
      await node.remove()
    },
  }
}

export function batch(records: readonly Pick<SealedRecord, 'body' | 'hash'>[], lastRevision: object | null = MARK): Uint8Array {
  return Buffer.from(JSON.stringify({ records: records.map(({ body, hash }) => ({ body, hash })), last_revision: lastRevision }))
}

export async function all(journal: Journal, after = 0): Promise<readonly SealedRecord[]> {
  return await journal.recordsAfter(after, { maxRecords: 500, maxChars: 1e9 })
}
