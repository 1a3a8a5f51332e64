// `bailiwick audit verify`: walks a journal's hash chain. Reads the file alone, so it works on a copy and without a running service.
import { resolve } from 'node:path'
import { existsSync } from 'node:fs'
import { verifyJournalFile } from '@bailiwick/audit'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'

export async function verifyAudit(context: Context, options: { readonly file?: string }): Promise<void> {
  const file = options.file === undefined ? context.loadConfig().audit.file : resolve(options.file)
  if (!existsSync(file)) throw new CliError(EXIT.usage, `there is no journal at ${file}`)
  const verified = await verifyJournalFile(file)
  const { terminal } = context
  if (terminal.json) terminal.value({ file, ...verified })
  if (!verified.ok) throw new CliError(EXIT.failure, `${file} does not verify at record ${verified.seq}: ${verified.problem}`)
  if (!terminal.json) terminal.data(`${file}  ${terminal.good('verified')}  ${verified.records} records, last hash ${verified.last_hash}`)
}
