// A journal in a folder of its own, and the valid entry every test changes one thing of.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newDecisionId } from '@bailiwick/core'
import { testClock, TEST_EPOCH_MS } from '@bailiwick/kit/clock'
import type { TestClock } from '@bailiwick/kit/clock'
import { openJournal } from '../src/index.ts'
import type { AuditEntry, Journal, JournalOptions } from '../src/index.ts'

export interface JournalFolder {
  readonly folder: string
  readonly file: string
  remove(): Promise<void>
}

export async function journalFolder(): Promise<JournalFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'bailiwick-audit-'))
  return { folder, file: join(folder, 'audit.db'), remove: () => rm(folder, { recursive: true, force: true }) }
}

export interface OpenJournal extends JournalFolder {
  readonly clock: TestClock
  readonly journal: Journal
  /** Closes and opens the file again, as a restart would. */
  reopen(): Promise<Journal>
  /** A second handle that `remove` closes too. */
  readonly opened: Journal[]
}

export async function openTestJournal(options: Partial<JournalOptions> = {}): Promise<OpenJournal> {
  const at = await journalFolder()
  const clock = testClock()
  const opened: Journal[] = []
  const open = async (): Promise<Journal> => {
    const journal = await openJournal({ file: at.file, node: 'node-1', clock, reservedBytes: 0, ...options })
    opened.push(journal)
    return journal
  }
  const journal = await open()
  return {
    ...at,
    clock,
    journal,
    opened,
    reopen: async () => {
      await opened.at(-1)?.close()
      return await open()
    },
    remove: async () => {
      for (const one of opened) await one.close()
      await at.remove()
    },
  }
}

export function allow(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    kind: 'decision',
    decision_id: newDecisionId(TEST_EPOCH_MS),
    effect: 'allow',
    plane: 'gateways',
    door: 'ext_authz',
    gateway: { name: 'edge', peer: '10.0.0.7' },
    subject: { sub: 'corp:alice', iss: 'https://idp.example.com', kind: 'user' },
    task: { id: 'task_1', binding: { ticket_id: 'T-1042' } },
    resource: 'payments',
    action: { kind: 'mcp', method: 'tools/call', name: 'refund_issue', args_masked: { amount_cents: 'number' } },
    state: { store_id: 'store-1', revision: { epoch: 1, revision: 7 } },
    ...change,
  }
}

export function denial(change: Partial<AuditEntry> = {}): AuditEntry {
  return allow({ effect: 'deny', reason: 'task_revoked', ...change })
}
