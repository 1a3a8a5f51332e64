// `bailiwick audit verify`: walks a journal's hash chain. Reads the file alone, so it works on a copy and without a running service.
import { existsSync } from 'node:fs'
import { verifyJournalFile } from '@bailiwick/audit'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { fields } from '../terminal/layout.ts'

export async function verifyAudit(context: Context, options: { readonly file?: string }): Promise<void> {
  const file = options.file === undefined ? context.loadConfig().audit.file : context.resolve(options.file)
  if (!existsSync(file)) throw new CliError(EXIT.usage, `there is no journal at ${file}`)
  const { terminal } = context
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
        ['chain', `${terminal.good('verified')}, ${records} ${records === 1 ? 'record' : 'records'}`],
        ['last hash', lastHash],
        ['segments', segments > 1 ? terminal.warn(`${segments}: the file was lost, cut or replaced ${segments - 1} times under a running node`) : undefined],
        ['not seen', 'records cut off at the end, or a chain rewritten as a whole: compare the last hash with one kept elsewhere'],
      ],
      { width: terminal.columns, palette: terminal },
    ),
  )
}
