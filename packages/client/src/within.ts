// A deadline around one piece of work that may ignore being aborted: the work of injected fetches and credential sources.

export type Outcome<T> = { readonly done: true; readonly value: T } | { readonly done: false }

/** `done: false` when time ran out; the work is told through its signal and then left alone. What it throws in time is thrown on. */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<Outcome<T>> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome<T>>((resolve) => {
    timer = setTimeout(() => {
      resolve({ done: false })
      controller.abort()
    }, ms)
  })
  try {
    return await Promise.race([work(controller.signal).then((value): Outcome<T> => ({ done: true, value })), late])
  } finally {
    clearTimeout(timer)
  }
}
