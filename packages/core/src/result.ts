// The two outcomes of a step: a value, or an expected refusal. A fault is neither: it is thrown (see fault.ts).
import type { Denial } from './denial.ts'

export interface Ok<T> {
  readonly ok: true
  readonly value: T
}

export interface Refused<D = Denial> {
  readonly ok: false
  readonly denial: D
}

export type Result<T, D = Denial> = Ok<T> | Refused<D>

export function ok<T>(value: T): Ok<T> {
  return { ok: true, value }
}

export function deny<const D extends Denial>(denial: D): Refused<D> {
  return { ok: false, denial }
}
