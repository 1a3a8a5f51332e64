// Rows under a head, columns as wide as what is in them; numbers to the right. Text only.

export interface Column {
  readonly head: string
  readonly right?: boolean
}

/** `styled` is given each cell after it has its width, so that colours change no width. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  styled: (cell: string, row: number) => string = (cell) => cell,
): readonly string[] {
  const widths = columns.map(({ head }, at) => Math.max(head.length, ...rows.map((row) => (row[at] ?? '').length)))
  const line = (cells: readonly string[], row: number): string =>
    `  ${columns.map(({ right }, at) => styled(pad(cells[at] ?? '', widths[at] ?? 0, right === true), row)).join('  ')}`.trimEnd()
  return [
    line(
      columns.map(({ head }) => head),
      -1,
    ),
    ...rows.map(line),
  ]
}

/** 1234567 as 1,234,567. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

function pad(cell: string, width: number, right: boolean): string {
  return right ? cell.padStart(width) : cell.padEnd(width)
}
