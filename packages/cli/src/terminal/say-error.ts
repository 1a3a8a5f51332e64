// The end of a command that did not end well, on stderr: one line for a failure, four for a refusal, one JSON object with `--json`.
import type { CliError, Refusal } from '../exit-code.ts'
import { facts } from '../http/json.ts'
import { clean, redactSecrets } from './clean.ts'
import { fields } from './layout.ts'
import type { Field } from './layout.ts'
import type { Palette, Terminal } from './terminal.ts'

export function sayError(terminal: Terminal, error: CliError): void {
  const { refusal } = error
  if (terminal.json) {
    const { reason, remediation, decisionId, field, expected, retryable } = refusal ?? {}
    const told = { message: redactSecrets(error.message), exit_code: error.exitCode, reason, field, expected, remediation, decision_id: decisionId, retryable }
    return terminal.say(JSON.stringify({ error: told }))
  }
  if (refusal === undefined) return terminal.say(`${terminal.err.bad('bailiwick:')} ${error.message}`)
  const said = refusal.sentence === error.message ? refusal.reason : `${error.message} [${refusal.reason}]`
  terminal.say(`${terminal.err.bad(error.exitCode === 3 ? 'denied' : 'failed')}  ${terminal.err.strong(said)}`)
  terminal.say(fields(refusalFields(refusal, terminal.err), { width: terminal.columns, palette: terminal.err, indent: 2 }))
}

/** Reason apart: the sentence, what could be done about it, and where to read on. */
export function refusalFields(refusal: Refusal, palette: Pick<Palette, 'dim'>): readonly Field[] {
  return [
    ['why', clean(refusal.sentence)],
    ['field', refusal.field],
    ['expected', refusal.expected === undefined ? undefined : clean(refusal.expected)],
    ['remediation', facts(refusal.remediation)],
    ['again?', refusal.retryable === true ? 'the same call may pass later' : undefined],
    ['decision', refusal.decisionId === undefined ? undefined : [refusal.decisionId, palette.dim(`bailiwick decisions show ${refusal.decisionId}`)]],
  ]
}
