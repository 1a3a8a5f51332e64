// `bailiwick audit verify`: walks the hash chain of a journal, and of each node's copy. Reads files alone, so it works on a backup and without a running service.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { verifyJournalFile, verifyShippedFile } from '@bailiwick/audit'
import type { CopyVerification } from '@bailiwick/audit'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { VerifyOptions } from '../program/audit-commands.ts'
import { fields } from '../terminal/layout.ts'

export async function verifyAudit(context: Context, options: VerifyOptions): Promise<void> {
  if (options.file !== undefined && options.shipped !== undefined) throw new CliError(EXIT.usage, '--file or --shipped, not both')
  if (options.shipped !== undefined) return await verifyCopies(context, context.resolve(options.shipped))
  const file = options.file === undefined ? context.loadConfig().audit.file : context.resolve(options.file)
  await verifyJournal(context, file)
  if (options.file !== undefined) return
  const copies = join(context.loadConfig().dataDirectory, 'shipped.db')
  if (existsSync(copies)) await verifyCopies(context, copies)
}

async function verifyJournal({ terminal }: Context, file: string): Promise<void> {
  requireFile(file)
  const done = terminal.progress(`verifying ${file}`)
  const verified = await verifyJournalFile(file).finally(done)
  if (terminal.json) terminal.value({ file, ...verified })
  if (!verified.ok) throw new CliError(EXIT.failure, `${file} does not verify at record ${verified.seq}: ${verified.problem}`)
  if (terminal.json) return
  const { records, last_hash: lastHash, segments } = verified
  terminal.data(
    fields(
      [
        ['journal', file],
        ['chain', `${terminal.good('verified')}, ${counted(records)}`],
        ['last hash', lastHash],
        ['segments', segments > 1 ? terminal.warn(`${segments}: the file was lost, cut or replaced ${segments - 1} times under a running node`) : undefined],
        ['not seen', 'records cut off at the end, or a chain rewritten as a whole: compare the last hash with one kept elsewhere'],
      ],
      { width: terminal.columns, palette: terminal },
    ),
  )
}

async function verifyCopies({ terminal }: Context, file: string): Promise<void> {
  requireFile(file)
  const done = terminal.progress(`verifying ${file}`)
  const verified = await verifyShippedFile(file).finally(done)
  if (terminal.json) terminal.value({ file, ...verified })
  else {
    const lines = verified.nodes.map((copy) => [copy.node, standing(copy)] as const)
    terminal.data(fields([['copies', file], ...lines], { width: terminal.columns, palette: terminal }))
  }
  if ('problem' in verified) throw new CliError(EXIT.failure, `${file} does not verify: ${verified.problem}`)
  const bad = verified.nodes.find((copy) => !copy.ok)
  if (bad !== undefined && !bad.ok) throw new CliError(EXIT.failure, `${file}: the copy of ${bad.node} does not verify at record ${bad.seq}: ${bad.problem}`)
}

function standing(copy: CopyVerification): string {
  if (!copy.ok) return `does not verify at record ${copy.seq}: ${copy.problem}`
  const missing = copy.missing === 0 ? '' : `, ${copy.missing} lost on the node before they came`
  return `verified, ${counted(copy.records)}${missing}, last hash ${copy.last_hash}`
}

function requireFile(file: string): void {
  if (!existsSync(file)) throw new CliError(EXIT.usage, `there is no journal at ${file}`)
}

function counted(records: number): string {
  return `${records} ${records === 1 ? 'record' : 'records'}`
}
