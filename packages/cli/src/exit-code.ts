// What the shell gets. Scripts may rely on these numbers.

export const EXIT = { ok: 0, failure: 1, usage: 2, denied: 3, unreachable: 4 } as const

/** An end with a message for the person at the terminal. Its message never holds a token. */
export class CliError extends Error {
  readonly exitCode: number

  constructor(exitCode: (typeof EXIT)[keyof typeof EXIT], message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'CliError'
    this.exitCode = exitCode
  }
}
