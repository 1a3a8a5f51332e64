import { describe, expect, it } from 'vitest'
import { fields, shorten, table, wrap } from '../src/terminal/layout.ts'
import { openTerminal, paletteOf } from '../src/terminal/terminal.ts'
import { absolute, duration, relative } from '../src/terminal/time.ts'

const plain = paletteOf(false)
const columns = [{ head: 'ID' }, { head: 'WHO', min: 6 }, { head: 'WHY', min: 6, drop: 1 }] as const

describe('a table', () => {
  const rows = [
    ['id-000001', 'corp:alice', 'because of this and that'],
    ['id-000002', 'x', ''],
  ]
  it('is whole where there is no width', () => {
    expect(table(columns, rows, undefined, plain)).toBe(
      ['ID         WHO         WHY', 'id-000001  corp:alice  because of this and that', 'id-000002  x'].join('\n'),
    )
  })

  it('shortens what may be shortened, in the middle', () => {
    expect(table(columns, rows, 40, plain).split('\n')[1]).toBe('id-000001  corp:alice  because \u2026and that')
  })

  it('leaves a column out when shortening is not enough, and never cuts an id', () => {
    expect(table(columns, rows, 20, plain)).toBe(['ID         WHO', 'id-000001  corp\u2026lice', 'id-000002  x'].join('\n'))
    expect(table(columns, rows, 10, plain).split('\n')[1]).toBe('id-000001  cor\u2026ce')
  })

  it('keeps columns aligned under colours', () => {
    const painted = table(
      [{ head: 'A', paint: paletteOf(true).good }, { head: 'B' }],
      [
        ['x', '1'],
        ['longer', '2'],
      ],
      40,
      plain,
    )
    expect(painted.split('\n').map((line) => line.replaceAll(/\u001b\[\d+m/g, ''))).toEqual(['A       B', 'x       1', 'longer  2'])
  })
})

describe('fields', () => {
  it('wrap under their values and leave out what is not there', () => {
    const list = [
      ['why', 'a sentence that is too long'],
      ['none', undefined],
      ['lines', ['one', 'two']],
    ] as const
    expect(fields(list, { width: 23, palette: plain, indent: 1 })).toBe(
      [' why    a sentence that', '        is too long', ' lines  one', '        two'].join('\n'),
    )
  })

  it('keep a long id on one line', () => {
    expect(wrap('see dec_01a1f982-e508-7472-b3d4-d5a45ba2ba10 now', 20)).toEqual(['see', 'dec_01a1f982-e508-7472-b3d4-d5a45ba2ba10', 'now'])
  })
})

describe('times', () => {
  it.each([
    [0, 'now'],
    [45_000, 'in 45s'],
    [600_000, 'in 10m'],
    [-7_200_000, '2h ago'],
    [7 * 86_400_000, 'in 7d'],
    [-1_799_600, '30m ago'],
  ])('%i ms from now is %s', (ms, text) => {
    expect(relative(ms, 0)).toBe(text)
  })

  it('are absolute in UTC', () => {
    expect(absolute(Date.UTC(2026, 10, 20, 13, 42, 5, 900))).toBe('2026-11-20 13:42:05Z')
  })

  it.each([
    [45, '45s'],
    [600, '10m'],
    [5400, '1h 30m'],
    [86_400 * 7, '7d'],
  ])('%i s last %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text)
  })
})

describe('a terminal', () => {
  const open = (options: { readonly tty: boolean; readonly env?: Record<string, string>; readonly json?: boolean }) => {
    const written = { out: '', err: '' }
    const stream = (name: 'out' | 'err') => ({ isTTY: options.tty, columns: 100, write: (text: string) => void (written[name] += text) })
    return { written, terminal: openTerminal({ stdout: stream('out'), stderr: stream('err'), env: options.env ?? {}, json: options.json === true }) }
  }

  it('has colours only where a person looks and wants them', () => {
    expect(open({ tty: true }).terminal.good('x')).toBe('\u001b[32mx\u001b[0m')
    for (const options of [{ tty: false }, { tty: true, env: { NO_COLOR: '1' } }, { tty: true, env: { TERM: 'dumb' } }, { tty: true, json: true }]) {
      expect(open(options).terminal.good('x')).toBe('x')
    }
  })

  it('has the width of the terminal, or of COLUMNS, or none', () => {
    expect(open({ tty: true }).terminal.columns).toBe(100)
    expect(open({ tty: true, env: { COLUMNS: '120' } }).terminal.columns).toBe(120)
    expect(open({ tty: false }).terminal.columns).toBeUndefined()
    expect(open({ tty: false, env: { COLUMNS: '80' } }).terminal.columns).toBe(80)
    expect(open({ tty: true, env: { COLUMNS: 'wide' } }).terminal.columns).toBe(100)
  })

  it('keeps data on stdout and progress on stderr, and cleans its line up', () => {
    const { written, terminal } = open({ tty: true })
    terminal.progress('working')()
    terminal.data('data')
    expect(written.out).toBe('data\n')
    expect(written.err).toBe('\r\u001b[Kworking ...\r\u001b[K')
  })

  it('cuts what looks like a token out of what it says', () => {
    const { written, terminal } = open({ tty: false })
    terminal.say('no such file eyJhbGciOiJFUzI1NiJ9.e30.c2ln and bwop_Zk3v9QmT7xLw2')
    expect(written.err).toBe('no such file [redacted] and [redacted]\n')
  })

  it('shortens to exactly the width', () => {
    for (const width of [1, 2, 3, 9]) expect(shorten('spiffe://example', width)).toHaveLength(width)
  })
})
