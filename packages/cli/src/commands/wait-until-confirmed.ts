// Asks control about one revocation until it is confirmed or the patience ends. While control cannot be reached, or does not know, it is not confirmed.
import { setTimeout as delay } from 'node:timers/promises'
import type { Context } from '../context.ts'
import { CliError, EXIT } from '../exit-code.ts'
import type { Answer, Endpoint } from '../http/endpoint.ts'
import { pick } from '../http/json.ts'
import { isConfirmed } from './confirmed.ts'

const POLL_MS = 500

export async function waitUntilConfirmed(context: Context, control: Endpoint, id: string, timeoutSeconds: number): Promise<Answer> {
  const { clock, terminal } = context
  const began = clock.monotonicMs()
  const waited = (): number => Math.round((clock.monotonicMs() - began) / 1000)
  let said = ''
  let done = (): void => {}
  try {
    for (;;) {
      const { answer, standing } = await ask(control, id)
      if (answer !== undefined && isConfirmed(answer)) return answer
      if (waited() >= timeoutSeconds)
        throw new CliError(
          EXIT.failure,
          `${id} is NOT CONFIRMED after ${timeoutSeconds} s (${standing}). Bailiwick keeps trying; ask again with: bailiwick revocation show ${id} --wait`,
        )
      if (standing !== said) {
        done()
        done = terminal.progress(`${id}: ${standing}`)
        said = standing
      }
      await delay(POLL_MS)
    }
  } finally {
    done()
  }
}

async function ask(control: Endpoint, id: string): Promise<{ readonly answer?: Answer; readonly standing: string }> {
  try {
    const answer = await control.get(`/v1/revocations/${encodeURIComponent(id)}`)
    return { answer, standing: pick(answer.body, 'status') }
  } catch (error) {
    // Control may be restarting; a refusal of our own credential or of the id will not change.
    if (error instanceof CliError && error.exitCode === EXIT.unreachable) return { standing: error.message }
    throw error
  }
}
