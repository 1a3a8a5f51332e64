import { describe, expect, it } from 'vitest'
import { BODY_BYTES, LARGE_BODY_BYTES, refundBody } from '../src/house/mcp-call.ts'
import { hasFailures, impossibleHere, judge } from '../src/report/judge.ts'
import { renderTable } from '../src/report/table.ts'
import type { Report } from '../src/report/table.ts'
import { ROWS, rowsFor } from '../src/rows.ts'
import type { RowName } from '../src/rows.ts'
import type { MeasuredRow } from '../src/run-row.ts'

const MB = 2 ** 20

function measured(name: RowName, change: Partial<MeasuredRow> = {}): MeasuredRow {
  const row = ROWS.find((known) => known.name === name)
  if (row === undefined) throw new Error('no such row')
  return {
    name,
    place: row.place,
    rate: row.rate,
    load: {
      latencyMs: { p50: 1, p90: 2, p99: 3, max: 4 },
      lagMs: { p50: 0.1, p90: 0.2, p99: 0.3, max: 0.4 },
      sent: 4_000,
      succeeded: 4_000,
      failures: {},
      unsent: 0,
      unanswered: 0,
      windowMs: 4_000,
    },
    cpuUs: { service: 300, pdp: 200, generator: 150 },
    serviceThreadsUs: {},
    othersCores: 0.1,
    rssBytes: { service: 200 * MB, pdp: 180 * MB, generator: 120 * MB },
    ...change,
  }
}

const LOOP = measured('loop', { cpuUs: { service: 0, pdp: 0, generator: 50 } })

describe('a ratio', () => {
  it('is all that worked for one operation over the bare call, with the loop taken off what ran inside the generator', () => {
    const [, bare, ours] = judge([LOOP, measured('bare-cerbos'), measured('ext-authz')])
    expect(bare).toMatchObject({ ownUs: 100, pdpUs: 200, totalUs: 300, ratio: 1 })
    expect(ours).toMatchObject({ ownUs: 300, pdpUs: 200, totalUs: 500 })
    expect(ours?.ratio).toBeCloseTo(500 / 300, 9)
  })

  it('of an exchange is over both bare rows, and unknown when one was not measured', () => {
    const crypto = measured('bare-crypto', { cpuUs: { service: 0, pdp: 7, generator: 150 } })
    expect(judge([LOOP, measured('bare-cerbos'), crypto, measured('exchange')]).at(-1)?.ratio).toBeCloseTo(500 / 400, 9)
    expect(judge([LOOP, measured('bare-cerbos'), measured('exchange')]).at(-1)?.ratio).toBeNull()
  })

  it('counts no decision point for what asks none', () => {
    expect(judge([LOOP, measured('bare-cerbos'), measured('task-read')]).at(-1)).toMatchObject({ ownUs: 100, pdpUs: null, totalUs: 100 })
  })
})

describe('a budget', () => {
  const verdicts = (change: Partial<MeasuredRow>): Readonly<Record<string, boolean>> => {
    const rows = judge([LOOP, measured('bare-cerbos'), measured('ext-authz', change)])
    return Object.fromEntries((rows.at(-1)?.verdicts ?? []).map(({ budget, kept }) => [budget, kept]))
  }

  it('is kept at its limit and missed above it', () => {
    expect(verdicts({})).toEqual({ p50: true, p99: true, cpu: true, rss: true })
    expect(verdicts({ cpuUs: { service: 400, pdp: 200, generator: 1 } })['cpu']).toBe(true)
    expect(verdicts({ cpuUs: { service: 401, pdp: 200, generator: 1 } })['cpu']).toBe(false)
    expect(verdicts({ rssBytes: { service: 257 * MB, pdp: 1, generator: 1 } })['rss']).toBe(false)
  })

  it('is missed by what was never answered, and by what could not be measured', () => {
    const { load } = measured('ext-authz')
    expect(verdicts({ load: { ...load, latencyMs: { p50: 1, p90: 2, p99: null, max: null } } })).toMatchObject({ p50: true, p99: false })
    expect(verdicts({ cpuUs: { service: null, pdp: null, generator: null } })['cpu']).toBe(false)
  })
})

it('a row with failures says so and proves nothing', () => {
  const { load } = measured('ext-authz')
  const [row] = judge([measured('ext-authz', { load: { ...load, failures: { 'denied: cut_off': 3 }, unanswered: 2 } })])
  expect(row?.invalid).toBe('3 x denied: cut_off; 2 never answered')
})

describe('a rate the machine did not carry', () => {
  const { load } = measured('ext-authz')
  const failed = measured('ext-authz', { load: { ...load, unanswered: 7 } })
  const slower = measured('ext-authz', { rate: 500 })

  it('is one with anything failed, unsent or unanswered', () => {
    expect(hasFailures(measured('ext-authz'))).toBe(false)
    for (const change of [{ failures: { x: 1 } }, { unsent: 1 }, { unanswered: 1 }]) {
      expect(hasFailures(measured('ext-authz', { load: { ...load, ...change } }))).toBe(true)
    }
  })

  it('leaves its slower row to be compared with the bare call at that slower rate', () => {
    const bareSlower = measured('bare-cerbos', { rate: 500, cpuUs: { service: 0, pdp: 400, generator: 150 } })
    const rows = judge([LOOP, measured('bare-cerbos'), failed, bareSlower, slower])
    expect(rows.find(({ measured: { name, rate } }) => name === 'ext-authz' && rate === 500)).toMatchObject({ isSlower: true, ratio: 1 })
    expect(rows.find(({ measured: { name, rate } }) => name === 'ext-authz' && rate === 1_000)).toMatchObject({ isSlower: false, invalid: '7 never answered' })
    expect(rows.find(({ measured: { name, rate } }) => name === 'ext-authz' && rate === 1_000)?.ratio).toBeCloseTo(500 / 300, 9)
  })

  it('is named where a budget was kept at less', () => {
    const text = renderTable({
      machine: { cpu: 'c', cores: 2, memoryBytes: 2 ** 30, system: 's', node: 'n', loadAverage: [0], fdatasyncMs: { p50: 0.2, p99: 0.3 } },
      startedAt: '2026-11-20T12:00:00.000Z',
      seconds: 4,
      rows: judge([LOOP, measured('bare-cerbos'), failed, slower]),
    })
    expect(text).toMatch(/^meets +ext_authz, token known +p50 +1\.00 ms +of 2\.00 ms, at 500\/s$/m)
    expect(text).toContain('NOT VALID  ext_authz, token known at 1,000/s: 7 never answered')
  })
})

describe('a budget that nothing could keep here', () => {
  it('is one the bare call is over alone, at the same rate', () => {
    const { load } = measured('bare-cerbos')
    const slow = measured('bare-cerbos', { load: { ...load, latencyMs: { p50: 2.7, p90: 3, p99: 4, max: 5 } } })
    expect(impossibleHere(judge([LOOP, slow, measured('ext-authz'), measured('exchange')]))).toEqual([
      'ext_authz, token known: the bare call alone has a p50 of 2.70 ms, above the 2 ms of the whole decision',
    ])
  })

  it('is none where the bare call leaves room, or was not measured', () => {
    expect(impossibleHere(judge([LOOP, measured('bare-cerbos'), measured('ext-authz')]))).toEqual([])
    expect(impossibleHere(judge([LOOP, measured('ext-authz')]))).toEqual([])
  })
})

it('the rows asked for bring what their ratios need', () => {
  expect(rowsFor(['exchange']).map(({ name }) => name)).toEqual(['loop', 'bare-cerbos', 'bare-crypto', 'exchange'])
  expect(rowsFor([])).toEqual(ROWS)
})

it('each door has a row with 2 kB at one rate, and where it carries bodies one with 256 kB and its budget', () => {
  const doors = ROWS.filter(({ name }) => name.startsWith('door-'))
  expect(doors.map(({ door }) => door?.name)).toEqual([
    'ext-authz',
    'ext-authz-http',
    'nginx',
    'ext-mcp',
    'litellm',
    'authzen',
    'decide',
    'enrich',
    'cerbos',
    'ext-authz-dpop',
    'ext-authz-mtls',
    'nginx-dpop',
    'nginx-mtls',
  ])
  expect(new Set(doors.map(({ rate, door }) => `${rate} ${door?.bodyBytes}`))).toEqual(new Set(['200 2048']))
  const large = ROWS.filter(({ name }) => name.startsWith('large-'))
  expect(large.map(({ name }) => name)).toEqual(
    doors.map(({ name }) => name.replace('door-', 'large-')).filter((name) => !/authzen|cerbos|-dpop$|-mtls$/.test(name)),
  )
  expect(new Set(large.map(({ budgets, door }) => `${budgets.p99Ms} ${door?.bodyBytes}`))).toEqual(new Set(['20 262144']))
})

it.each([BODY_BYTES, LARGE_BODY_BYTES])('a message of %i bytes is exactly that long', (bytes) => {
  expect(refundBody(1_234, bytes)).toHaveLength(bytes)
})

describe('the table', () => {
  const report = (rows: readonly MeasuredRow[]): Report => ({
    machine: {
      cpu: 'A processor with a rather long name @ 3.00GHz',
      cores: 2,
      memoryBytes: 8 * 2 ** 30,
      system: 'Linux 6.1',
      node: 'v26.10.0',
      loadAverage: [0.1, 0.2, 0.3],
      fdatasyncMs: { p50: 0.123, p99: 1.5 },
    },
    startedAt: '2026-11-20T12:00:00.000Z',
    seconds: 4,
    rows: judge(rows),
  })

  it('fits 100 columns, whatever the numbers', () => {
    const load = {
      ...measured('loop').load,
      latencyMs: { p50: 12_345, p90: 1, p99: null, max: null },
      failures: { ['x'.repeat(40)]: 12_345, ['y'.repeat(60)]: 1 },
      unanswered: 20_000,
    }
    const rows = ROWS.flatMap(({ name }) => [
      measured(name),
      measured(name, { rate: 20_000, load, cpuUs: { service: 12_345, pdp: 12_345, generator: 12_345 } }),
    ])
    for (const line of renderTable(report(rows)).split('\n')) expect(line.length, line).toBeLessThanOrEqual(100)
  })

  it('says what each budget is and whether it was kept', () => {
    const text = renderTable(report([LOOP, measured('bare-cerbos'), measured('ext-authz', { rssBytes: { service: 300 * MB, pdp: 1, generator: 1 } })]))
    expect(text).toMatch(/^meets +ext_authz, token known +p50/m)
    expect(text).toMatch(/^MISSES +ext_authz, token known +RSS of the service +300 MB +of 256 MB/m)
    expect(text).toContain('load average before the start 0.10 0.20 0.30')
    expect(text).toContain('Node v26.10.0')
    expect(text).toContain('fdatasync of 300 bytes p50 0.12 ms, p99 1.50 ms')
  })
})
