// `bailiwick store`: how the store stands, whom it waits for after a failover, and answering although they are missing.
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import { pick, textAt, textsOf } from '../http/json.ts'
import { fields } from '../terminal/layout.ts'

export async function showStore(context: Context): Promise<void> {
  const { terminal } = context
  const { body } = await context.control().get('/v1/store')
  const answers = body['status'] === 'answering'
  const waitsFor = textsOf(body, 'waits_for')
  if (terminal.json) terminal.value(body)
  else
    terminal.data(
      fields(
        [
          ['store', pick(body, 'kind')],
          ['status', answers ? terminal.good('answering') : terminal.bad(`NOT ANSWERING: ${pick(body, 'problem')}`)],
          ['id', textAt(body, 'store_id')],
          ['revision', answers ? `${pick(body, 'revision', 'revision')} in epoch ${pick(body, 'revision', 'epoch')}` : undefined],
          ['waits for', waitsFor.length === 0 ? undefined : waitsFor.join(', ')],
        ],
        { width: terminal.columns, palette: terminal },
      ),
    )
  if (waitsFor.length > 0) terminal.say(terminal.err.warn('start the nodes it waits for; if one is gone for good: bailiwick store override-gate'))
  if (!answers) throw new CliError(EXIT.failure, 'the store does not answer', { silent: true })
}

export async function overrideGate(context: Context, reason: string): Promise<void> {
  const { terminal } = context
  const { body } = await context.control().post('/v1/store/override-gate', { reason })
  if (terminal.json) return terminal.value(body)
  terminal.data(`${terminal.good('overridden')}  epoch ${pick(body, 'epoch')} of ${pick(body, 'store_id')}, without ${textsOf(body, 'missing').join(', ')}`)
  terminal.say(terminal.err.warn('what only they recorded, and was never confirmed, may live again: look through the revocations of the last minutes'))
}
