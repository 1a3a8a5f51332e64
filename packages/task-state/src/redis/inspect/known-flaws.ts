// Releases of the server that are known to let whoever may run scripts on it take it over, and with it all task state. From the projects' release notes; a
// distribution may have mended an older number, so an old number is a warning.
//
// CVE-2025-49844, CVE-2025-46817, CVE-2025-46818 (Lua): Redis 6.2.20, 7.2.11, 7.4.6, 8.0.4, 8.2.2; Valkey 7.2.11, 8.0.6, 8.1.4.
// CVE-2026-23479 (blocked clients, Redis 7.2.0 to 8.6.2): Redis 8.6.3.
import type { ServerInfo } from '../server-info.ts'
import { check } from './store-check.ts'
import type { StoreCheck } from './store-check.ts'

type Version = readonly [major: number, minor: number, patch: number]

const LUA = 'CVE-2025-49844, CVE-2025-46817, CVE-2025-46818'
const UNBLOCK = 'CVE-2026-23479'
const LUA_MENDED: Readonly<Record<'redis' | 'valkey', readonly Version[]>> = {
  redis: [
    [6, 2, 20],
    [7, 2, 11],
    [7, 4, 6],
    [8, 0, 4],
    [8, 2, 2],
  ],
  valkey: [
    [7, 2, 11],
    [8, 0, 6],
    [8, 1, 4],
  ],
}

export function flawsOf({ version, valkey }: Pick<ServerInfo, 'version' | 'valkey'>): StoreCheck {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  const open: string[] = []
  const mended = LUA_MENDED[valkey ? 'valkey' : 'redis']
  const line = mended.find((each) => each[0] === major && each[1] === minor)
  const newest = mended.at(-1)
  if (line === undefined ? newest === undefined || isBefore([major, minor, patch], newest) : patch < line[2]) open.push(LUA)
  if (!valkey && !isBefore([major, minor, patch], [7, 2, 0]) && isBefore([major, minor, patch], [8, 6, 3])) open.push(UNBLOCK)
  const expectation = {
    item: 'known-flaws',
    required: 'a release in which they are mended',
    costs: 'whoever may run scripts on the server can take it over, and with it all task state; unless your distribution has mended this number',
    otherwise: 'warn',
  } as const
  return check(expectation, open.length === 0 ? version : `${version}: ${open.join(', ')}`, open.length === 0)
}

function isBefore(a: Version, b: Version): boolean {
  return a[0] !== b[0] ? a[0] < b[0] : a[1] !== b[1] ? a[1] < b[1] : a[2] < b[2]
}
