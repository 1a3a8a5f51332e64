import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { busyMsIn, cpuMsIn, usageOf } from '../src/proc/process-usage.ts'

it('finds user and system time behind a name with spaces and parentheses', () => {
  const stat = '4711 (a) b (c d) S 1 4711 4711 0 -1 4194304 100 0 0 0 250 50 7 7 20 0 11 0 1234 1000 2000 18446744073709551615 1 1'
  expect(cpuMsIn(stat)).toBe(3_000)
})

it('has no time in a line that is none', () => {
  expect(cpuMsIn('4711 (node) S 1')).toBeUndefined()
})

it('counts as busy what is neither idle nor waiting nor stolen', () => {
  expect(busyMsIn('cpu  100 20 30 9000 500 7 3 999 0 0')).toBe(1_600)
  expect(busyMsIn('cpu')).toBeUndefined()
})

it.skipIf(!existsSync('/proc/self/stat'))('reads this process and its threads', () => {
  const usage = usageOf(process.pid)
  expect(usage?.cpuMs).toBeGreaterThan(0)
  expect(usage?.rssBytes).toBeGreaterThan(10 * 2 ** 20)
  expect(usage?.peakRssBytes).toBeGreaterThanOrEqual(usage?.rssBytes ?? Number.POSITIVE_INFINITY)
  expect(Object.keys(usage?.threads ?? {}).length).toBeGreaterThan(0)
})

it('knows nothing of a process that is not there', () => {
  expect(usageOf(2 ** 30)).toBeUndefined()
})
