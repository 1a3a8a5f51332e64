// Tables and labelled fields that fit the terminal. Ids stay whole: they are there to be copied. No I/O; texts are cleaned here.
import { clean } from './clean.ts'
import type { Palette } from './terminal.ts'

export interface Column {
  readonly head: string
  /** May be shortened with an ellipsis down to this many characters. In the middle: what tells two ids apart is at their ends. */
  readonly min?: number
  /** Left out when the table is still too wide; the highest goes first. */
  readonly drop?: number
  readonly paint?: (cell: string) => string
}

interface Laid {
  readonly column: Column
  readonly cells: readonly string[]
  width: number
}

const GAP = 2

/** Without a width every cell is whole: a program reads it. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number | undefined,
  { strong }: Pick<Palette, 'strong'>,
): string {
  let laid = columns.map((column, index): Laid => {
    const cells = rows.map((row) => clean(row[index] ?? ''))
    return { column, cells, width: Math.max(column.head.length, ...cells.map((cell) => cell.length)) }
  })
  if (width !== undefined) laid = fit(laid, width)
  const line = (cellOf: (each: Laid) => { readonly text: string; readonly paint?: ((cell: string) => string) | undefined }): string =>
    laid
      .map((each, index) => {
        const { text, paint = (cell: string) => cell } = cellOf(each)
        const cut = shorten(text, each.width)
        return `${paint(cut)}${index === laid.length - 1 ? '' : ' '.repeat(each.width - cut.length + GAP)}`
      })
      .join('')
  return [
    line(({ column }) => ({ text: column.head, paint: strong })),
    ...rows.map((_, row) => line(({ column, cells }) => ({ text: cells[row] ?? '', paint: column.paint }))),
  ]
    .map((text) => text.trimEnd())
    .join('\n')
}

/** Columns give way in order: first what may be shortened, while that is enough; then what may be left out. */
function fit(laid: readonly Laid[], width: number): Laid[] {
  const kept = [...laid]
  const spare = ({ column, width: now }: Laid): number => (column.min === undefined ? 0 : Math.max(0, now - column.min))
  for (;;) {
    const excess = kept.reduce((sum, each) => sum + each.width + GAP, -GAP) - width
    if (excess <= 0) return kept
    const room = kept.reduce((sum, each) => sum + spare(each), 0)
    const goes = kept.filter(({ column }) => column.drop !== undefined).toSorted((a, b) => (b.column.drop ?? 0) - (a.column.drop ?? 0))[0]
    if (room < excess && goes !== undefined) {
      kept.splice(kept.indexOf(goes), 1)
      continue
    }
    const widest = kept.filter((each) => spare(each) > 0).toSorted((a, b) => b.width - a.width)[0]
    if (widest === undefined) return kept
    widest.width -= 1
  }
}

/** In the middle: what tells two ids apart is at their ends. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text
  const tail = Math.floor((width - 1) / 2)
  return `${text.slice(0, width - 1 - tail)}\u2026${text.slice(text.length - tail)}`
}

export type Field = readonly [label: string, value: string | readonly string[] | undefined]

export interface FieldsOptions {
  readonly width: number | undefined
  readonly palette: Pick<Palette, 'dim'>
  readonly indent?: number
}

const MAX_TEXT_WIDTH = 110

/** `label  value`, values aligned and wrapped under themselves; fields without a value are left out. Values may hold colours: they are not cleaned. */
export function fields(list: readonly Field[], { width, palette, indent = 0 }: FieldsOptions): string {
  const shown = list.flatMap(([label, value]) => (value === undefined ? [] : [{ label, lines: typeof value === 'string' ? [value] : value }]))
  const labelWidth = Math.max(0, ...shown.map(({ label }) => label.length))
  const left = indent + labelWidth + GAP
  const room = Math.min(width ?? MAX_TEXT_WIDTH, MAX_TEXT_WIDTH) - left
  return shown
    .map(({ label, lines }) => {
      const wrapped = lines.flatMap((line) => wrap(line, room))
      return wrapped
        .map((line, index) => `${' '.repeat(indent)}${index === 0 ? palette.dim(label.padEnd(labelWidth)) : ' '.repeat(labelWidth)}${' '.repeat(GAP)}${line}`)
        .join('\n')
    })
    .join('\n')
}

/** Breaks between words only; a word longer than the width keeps its line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

function visibleLength(text: string): number {
  return text.replaceAll(/\u001b\[\d+m/g, '').length
}
