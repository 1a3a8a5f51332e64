// Waits for something only as long as a signal allows. What was waited for goes on.
import { SourceFault } from './source.ts'

/** Throws SourceFault `source_timeout` once the signal is aborted. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(new SourceFault('source_timeout', 'source', 'the source did not answer in time'))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
