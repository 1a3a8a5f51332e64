// Reads one column of a row as the type the schema says. A column of another type means the file is not what we wrote: fault `store_corrupt`.
import type { SqliteRow } from '@bailiwick/sqlite'
import { corrupt } from '../corrupt.ts'

export function textOf(row: SqliteRow, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw corrupt(column)
  return value
}

export function integerOf(row: SqliteRow, column: string): number {
  const value = row[column]
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw corrupt(column)
  return value
}

export function optionalTextOf(row: SqliteRow, column: string): string | undefined {
  return row[column] === null ? undefined : textOf(row, column)
}

export function optionalIntegerOf(row: SqliteRow, column: string): number | undefined {
  return row[column] === null ? undefined : integerOf(row, column)
}

/** SQLite has no booleans: exactly 0 or 1. */
export function flagOf(row: SqliteRow, column: string): boolean {
  const value = row[column]
  if (value !== 0 && value !== 1) throw corrupt(column)
  return value === 1
}
