// Reads one value of a reply as the type the script gives. Anything else - nil, another type, another length - is the fault `store_corrupt`.
import { corrupt } from '../corrupt.ts'

export function listOf(reply: unknown, length: number): readonly unknown[] {
  if (!Array.isArray(reply) || reply.length !== length) throw corrupt('reply')
  return reply
}

export function textAt(reply: readonly unknown[], at: number): string {
  const value = reply[at]
  if (typeof value !== 'string') throw corrupt(`reply ${at}`)
  return value
}

/** A number of the script's own, or one it passes on as stored. */
export function integerAt(reply: readonly unknown[], at: number): number {
  const value = reply[at]
  const number = typeof value === 'string' && /^-?[0-9]{1,16}$/.test(value) ? Number(value) : value
  if (typeof number !== 'number' || !Number.isSafeInteger(number)) throw corrupt(`reply ${at}`)
  return number
}

export function optionalTextAt(reply: readonly unknown[], at: number): string | undefined {
  return reply[at] === null ? undefined : textAt(reply, at)
}

export function optionalIntegerAt(reply: readonly unknown[], at: number): number | undefined {
  return reply[at] === null ? undefined : integerAt(reply, at)
}

/** Exactly 0 or 1. */
export function flagAt(reply: readonly unknown[], at: number): boolean {
  const value = integerAt(reply, at)
  if (value !== 0 && value !== 1) throw corrupt(`reply ${at}`)
  return value === 1
}
