// The story as a person reads it, or as JSON lines for a program.
import type { Played } from './script.ts'

export interface Transcript {
  act(number: number, title: string): void
  step(played: Played): void
  end(played: readonly Played[]): void
}

type Write = (line: string) => void

export function jsonTranscript(write: Write): Transcript {
  return {
    act: () => {},
    step: ({ step, outcome, ms, problem }) =>
      write(
        JSON.stringify({
          who: step.who,
          for: step.forWhom,
          what: step.what,
          ...(outcome.effect === 'allow' ? outcome : { effect: outcome.effect, ...outcome.denial }),
          ms: Number(ms.toFixed(1)),
          as_expected: problem === undefined,
          problem,
        }),
      ),
    end: () => {},
  }
}

export function textTranscript(write: Write, colours: boolean): Transcript {
  const paint = (code: number, text: string): string => (colours ? `\u001b[${code}m${text}\u001b[0m` : text)
  return {
    act: (number, title) => write(`\n${paint(1, `${number}. ${title}`)}`),
    step: ({ step, outcome, ms, problem }) => {
      const verdict = outcome.effect === 'allow' ? paint(32, 'allow') : paint(31, 'deny ')
      const who = step.forWhom === undefined ? step.who : `${step.who} for ${step.forWhom}`
      write(`   ${verdict}  ${who} ${step.what} ${paint(2, `${ms.toFixed(0)} ms`)}`)
      if (outcome.effect === 'allow') write(paint(2, `          ${shorten(outcome.text)}`))
      else {
        write(`          ${paint(33, outcome.denial.reason)}: ${shorten(outcome.denial.message)}`)
        if (outcome.denial.remediation !== undefined) write(paint(2, `          remediation ${JSON.stringify(outcome.denial.remediation)}`))
      }
      if (problem !== undefined) write(paint(31, `          NOT AS EXPECTED: ${problem}`))
    },
    end: (played) => {
      const wrong = played.filter((one) => one.problem !== undefined)
      const denied = played.filter((one) => one.outcome.effect === 'deny').length
      write('')
      write(
        wrong.length === 0
          ? `${played.length} steps, ${denied} of them denied, all as expected. No denied call reached its server.`
          : paint(31, `${wrong.length} of ${played.length} steps were not as expected.`),
      )
    },
  }
}

function shorten(text: string): string {
  return text.length > 140 ? `${text.slice(0, 137)}...` : text
}
