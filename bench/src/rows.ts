// What is measured, in the order it runs: each row's rate, what it is compared with, and its budgets. Data only.
import { BODY_BYTES, LARGE_BODY_BYTES } from './house/mcp-call.ts'

type PlainRowName =
  | 'loop'
  | 'bare-cerbos'
  | 'bare-crypto'
  | 'ext-authz'
  | 'ext-authz-uncached'
  | 'exchange'
  | 'batch-8'
  | 'revoke'
  | 'task-read'
  | 'journal-append'

/** Every door, by the way in. */
const DOORS = [
  { name: 'ext-authz', title: 'ext_authz gRPC', carriesBodies: true },
  { name: 'ext-authz-http', title: 'ext_authz HTTP', carriesBodies: true },
  { name: 'nginx', title: 'forward-auth nginx', carriesBodies: true },
  { name: 'ext-mcp', title: 'ExtMcp', carriesBodies: true },
  { name: 'litellm', title: 'LiteLLM guardrail', carriesBodies: true },
  { name: 'authzen', title: 'AuthZEN', carriesBodies: false },
  { name: 'decide', title: '/v1/decide', carriesBodies: true },
  { name: 'enrich', title: '/v1/enrich', carriesBodies: true },
  { name: 'cerbos', title: 'Cerbos API', carriesBodies: false },
  // The same calls with a token bound to a key of the agent, or to its certificate: what the proof costs is the difference.
  { name: 'ext-authz-dpop', title: 'ext_authz gRPC, DPoP', carriesBodies: false },
  { name: 'ext-authz-mtls', title: 'ext_authz gRPC, mTLS', carriesBodies: false },
  { name: 'nginx-dpop', title: 'forward-auth nginx, DPoP', carriesBodies: false },
  { name: 'nginx-mtls', title: 'forward-auth nginx, mTLS', carriesBodies: false },
] as const
export type DoorName = (typeof DOORS)[number]['name']
type DoorRowName = `${'door' | 'large'}-${DoorName}`

export type RowName = PlainRowName | DoorRowName

/** Which CPU counts as a row's own: the service's, or the generator's where the operation runs inside it. */
export type Place = 'generator' | 'service'

export interface Budgets {
  readonly p50Ms?: number
  readonly p99Ms?: number
  /** CPU of all that works for one operation, as a multiple of the rows in `base`. */
  readonly timesBase?: number
  readonly rssBytes?: number
}

interface RowBase {
  readonly title: string
  readonly place: Place
  /** Operations per second. */
  readonly rate: number
  /** Before the measured window, at a rising rate; absent: two. Both sides of the decisive ratio are warmed alike. */
  readonly warmUpSeconds?: number
  /** The rows whose CPU, added up, is 1.00. */
  readonly base: readonly RowName[]
  readonly budgets: Budgets
}

interface PlainRow extends RowBase {
  readonly name: PlainRowName
  readonly door?: undefined
}

interface DoorRow extends RowBase {
  readonly name: DoorRowName
  /** Asks through this door, with a message of this size. */
  readonly door: { readonly name: DoorName; readonly bodyBytes: number }
}

export type Row = PlainRow | DoorRow

const SERVICE_RSS_BYTES = 256 * 1024 * 1024

const PLAIN: readonly PlainRow[] = [
  { name: 'loop', title: 'the load loop alone', place: 'generator', rate: 1_000, base: [], budgets: {} },
  { name: 'bare-cerbos', title: 'bare @cerbos/grpc', place: 'generator', rate: 1_000, warmUpSeconds: 5, base: ['bare-cerbos'], budgets: {} },
  { name: 'bare-crypto', title: 'bare verify + sign', place: 'generator', rate: 200, base: ['bare-crypto'], budgets: {} },
  {
    name: 'ext-authz',
    title: 'ext_authz, token known',
    place: 'service',
    rate: 1_000,
    warmUpSeconds: 5,
    base: ['bare-cerbos'],
    budgets: { p50Ms: 2, p99Ms: 15, timesBase: 2, rssBytes: SERVICE_RSS_BYTES },
  },
  { name: 'ext-authz-uncached', title: 'ext_authz, token new', place: 'service', rate: 1_000, base: ['bare-cerbos'], budgets: { rssBytes: SERVICE_RSS_BYTES } },
  {
    name: 'exchange',
    title: 'exchange',
    place: 'service',
    rate: 200,
    base: ['bare-cerbos', 'bare-crypto'],
    budgets: { p99Ms: 25, rssBytes: SERVICE_RSS_BYTES },
  },
  { name: 'batch-8', title: 'batch of 8', place: 'service', rate: 50, base: ['bare-cerbos', 'bare-crypto'], budgets: { rssBytes: SERVICE_RSS_BYTES } },
  { name: 'revoke', title: 'revoke a task', place: 'service', rate: 50, base: ['bare-cerbos'], budgets: { p99Ms: 5, rssBytes: SERVICE_RSS_BYTES } },
  { name: 'task-read', title: 'task read (store alone)', place: 'generator', rate: 1_000, base: ['bare-cerbos'], budgets: {} },
  { name: 'journal-append', title: 'journal append (alone)', place: 'generator', rate: 1_000, base: ['bare-cerbos'], budgets: {} },
]

/** At one rate, so that doors compare; no floor, since the bare call is measured at another. */
const DOOR = { place: 'service', rate: 200, base: [] } as const
/** The generator writes 256 kB for each too: a rate that leaves it room. */
const LARGE = { place: 'service', rate: 50, warmUpSeconds: 1, base: [], budgets: { p99Ms: 20 } } as const

const DOOR_ROWS: readonly DoorRow[] = DOORS.map(({ name, title }) => ({
  ...DOOR,
  name: `door-${name}`,
  title,
  budgets: { rssBytes: SERVICE_RSS_BYTES },
  door: { name, bodyBytes: BODY_BYTES },
}))

const LARGE_ROWS: readonly DoorRow[] = DOORS.filter(({ carriesBodies }) => carriesBodies).map(({ name, title }) => ({
  ...LARGE,
  name: `large-${name}`,
  title: `${title}, 256k`,
  door: { name, bodyBytes: LARGE_BODY_BYTES },
}))

export const ROWS: readonly Row[] = [...PLAIN, ...DOOR_ROWS, ...LARGE_ROWS]
export const ROW_NAMES: readonly RowName[] = ROWS.map(({ name }) => name)

/** The rows asked for and those their ratios need, in running order. */
export function rowsFor(names: readonly RowName[]): readonly Row[] {
  if (names.length === 0) return ROWS
  const needed = new Set<RowName>(names)
  for (const row of ROWS) {
    if (!names.includes(row.name)) continue
    for (const base of row.base) needed.add(base)
  }
  if (ROWS.some((row) => needed.has(row.name) && row.place === 'generator')) needed.add('loop')
  return ROWS.filter((row) => needed.has(row.name))
}
