// One kind of operation the generator can send. Types only.
import type { Operation } from './open-loop.ts'

export interface Target {
  readonly operation: Operation
  close(): Promise<void>
}
