// What the main process and the load generator say to each other. Types, and the one guard.
import type { RowName } from '../rows.ts'
import type { LoadSummary } from './summary.ts'

export interface GeneratorOrder {
  readonly row: RowName
  readonly rate: number
  readonly warmUpSeconds: number
  readonly seconds: number
  /** File of the supplies. */
  readonly supplies: string
}

export type GeneratorEvent = { readonly type: 'open' } | { readonly type: 'close' } | { readonly type: 'result'; readonly summary: LoadSummary }

/** By its type alone: nobody but our own generator is at the other end. */
export function isGeneratorEvent(message: unknown): message is GeneratorEvent {
  return (
    typeof message === 'object' && message !== null && 'type' in message && (message.type === 'open' || message.type === 'close' || message.type === 'result')
  )
}
