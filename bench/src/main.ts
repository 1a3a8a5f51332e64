// `npm run bench`: one run of all rows against a service of its own, in a folder of its own, then the table. Judges nothing by exit code: a
// budget that is missed is something to read, a row that could not be measured is a failure.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@bailiwick/core'
import { startTestIssuer } from '@bailiwick/kit/test-issuer'
import { fillHouse } from './house/fill-house.ts'
import { writeHouse } from './house/write-house.ts'
import { parseOptions, USAGE } from './options.ts'
import type { Options } from './options.ts'
import { readProfile, summariseProfile } from './profile/summarise-profile.ts'
import { hasFailures, judge } from './report/judge.ts'
import { describeMachine } from './report/machine.ts'
import { renderTable } from './report/table.ts'
import type { Report } from './report/table.ts'
import { rowsFor } from './rows.ts'
import type { Row } from './rows.ts'
import { runRow } from './run-row.ts'
import type { MeasuredRow } from './run-row.ts'
import { startService } from './service/start-service.ts'

const QUICK_SECONDS = 4
const WARM_UP_SECONDS = 2
/** Before the first row that asks the service: its code is compiled by use, and a cold one is another program. */
const FIRST_WARM_UP = { rate: 400, seconds: 12 } as const
/** A row that its machine cannot carry is measured again at half the rate, down to here. */
const SLOWEST_RATE = 50
/** Set for every root command by scripts/bootstrap.mjs. */
const SERVICE_ENVIRONMENT = ['NODE_COMPILE_CACHE', 'MALLOC_ARENA_MAX'] as const
/** More than the service remembers (4,096). */
const MANY_TOKENS = 4_200

const args = process.argv.slice(2)
if (args.includes('--help')) {
  process.stdout.write(`${USAGE}\n`)
  process.exit(0)
}
const parsed = parseOptions(args)
if (!parsed.ok) {
  process.stderr.write(`${parsed.problem}\n\n${USAGE}\n`)
  process.exit(2)
}
const report = await run(parsed.options)
process.stdout.write(`\n${renderTable(report)}\n`)
if (parsed.options.jsonFile !== undefined) writeFileSync(parsed.options.jsonFile, `${JSON.stringify(report, undefined, 2)}\n`)
// Invalid at the rate it should have, and at every slower one too.
process.exit(report.rows.every(({ row, invalid }) => invalid === undefined || report.rows.some((one) => one.row === row && one.invalid === undefined)) ? 0 : 1)

async function run({ rows: names, seconds = QUICK_SECONDS, rate, profileFolder }: Options): Promise<Report> {
  const machine = describeMachine()
  const startedAt = new Date().toISOString()
  const rows = rowsFor(names)
  const folder = mkdtempSync(join(tmpdir(), 'bailiwick-bench-'))
  if (profileFolder !== undefined) mkdirSync(profileFolder, { recursive: true })
  // Also when interrupted: the folder holds keys, and the other processes end with this one.
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  process.once('SIGINT', () => process.exit(130))
  const idp = await startTestIssuer({ clock: systemClock })
  try {
    const house = await writeHouse(folder, await freePort(), idp.issuer)
    const service = await startService(house.configFile, Object.fromEntries(SERVICE_ENVIRONMENT.map((name) => [name, process.env[name] ?? ''])))
    try {
      const revoke = rows.find(({ name }) => name === 'revoke')
      const supplies = await fillHouse(house, service, idp, {
        revocableTasks: revoke === undefined ? 0 : Math.ceil((rate ?? revoke.rate) * (WARM_UP_SECONDS + seconds)) + 1,
        manyTokens: rows.some(({ name }) => name === 'ext-authz-uncached') ? MANY_TOKENS : 0,
      })
      const suppliesFile = join(folder, 'supplies.json')
      writeFileSync(suppliesFile, JSON.stringify(supplies), { mode: 0o600 })
      const at = { folder, suppliesFile, service }
      if (rows.some(({ place }) => place === 'service')) {
        process.stderr.write('warming up ...\n')
        await runRow({ ...at, row: 'ext-authz', place: 'service', rate: FIRST_WARM_UP.rate, warmUpSeconds: FIRST_WARM_UP.seconds, seconds: 1 })
      }
      const measured: MeasuredRow[] = []
      const measure = async (row: Row, perSecond: number): Promise<MeasuredRow> => {
        process.stderr.write(`${row.title}, ${perSecond}/s ...\n`)
        const profileFile = profileFolder === undefined || row.place !== 'service' ? undefined : join(profileFolder, `${row.name}.cpuprofile`)
        const result = await runRow({
          ...at,
          row: row.name,
          place: row.place,
          rate: perSecond,
          warmUpSeconds: row.warmUpSeconds ?? WARM_UP_SECONDS,
          seconds,
          ...(profileFile === undefined ? {} : { profileFile }),
        })
        if (profileFile !== undefined) writeFileSync(`${profileFile}.txt`, summariseProfile(readProfile(profileFile), result.load.sent))
        measured.push(result)
        return result
      }
      for (const row of rows) {
        const first = await measure(row, rate ?? row.rate)
        const slowerRates = rate === undefined && hasFailures(first) ? halvesOf(row.rate) : []
        for (const slower of slowerRates) {
          for (const base of rows) {
            const isMeasured = measured.some((one) => one.name === base.name && one.rate === slower)
            if (row.base.includes(base.name) && !isMeasured) await measure(base, slower)
          }
          if (!hasFailures(await measure(row, slower))) break
        }
      }
      return { machine, startedAt, seconds, rows: judge(measured) }
    } finally {
      await service.close()
    }
  } finally {
    await idp.stop()
  }
}

function halvesOf(rate: number): readonly number[] {
  return rate / 2 < SLOWEST_RATE ? [] : [rate / 2, ...halvesOf(rate / 2)]
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (address === null || typeof address === 'string' ? reject(new Error('no free port')) : resolve(address.port)))
    })
  })
}
