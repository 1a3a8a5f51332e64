// The data folder: that it is ours alone, with everything in it that opens something; that its disk is local and has room. Reads names and modes, no content.
import { lstatSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BailiwickConfig } from '@bailiwick/config'
import { codeOf } from './finding.ts'
import type { Recorder } from './finding.ts'

const OTHERS = 0o077
const PRIVATE = /(\.db|\.db-wal|\.db-shm|\.token|\.key|operators\.json)$/
/** `statfs.f_type` of file systems that are somewhere else (Linux). SQLite's locks and -shm do not work on them. */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x65735546, 'FUSE'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
])
const COMFORTABLE = 16

/** False where the folder is not there, or not ours to look into: then nothing in it is opened. */
export function checkDataFolder(config: BailiwickConfig, found: Recorder): boolean {
  const { dataDirectory: folder } = config
  const stat = statSync(folder, { throwIfNoEntry: false })
  if (stat === undefined) {
    found.advice('data.folder', `${folder} is not there yet`, { costs: 'nothing: the first start makes it, 0700' })
    checkDisk(config, dirname(folder), found)
    return false
  }
  if (!stat.isDirectory()) {
    found.refuse('data.folder', `${folder} is no folder`, { costs: 'the service cannot start' })
    return false
  }
  const me = process.getuid?.()
  if (me !== undefined && stat.uid !== me) {
    found.unknown('data.owner', `${folder} belongs to another user (uid ${stat.uid}, you are ${me})`, {
      costs: 'nothing in it was opened: opening a database as another user can leave files behind that the service cannot write',
      mend: 'run doctor as the user the service runs as',
    })
    return false
  }
  checkModes(config, stat.mode, found)
  checkDisk(config, folder, found)
  return true
}

function checkModes(config: BailiwickConfig, mode: number, found: Recorder): void {
  const { dataDirectory: folder, keys, control } = config
  if (process.platform === 'win32')
    return found.unknown('data.modes', 'modes are not known on this platform', { costs: 'others may be able to read keys and tokens' })
  if ((mode & OTHERS) === 0) found.ok('data.folder', `${folder} is closed to group and others`)
  else
    found.refuse('data.folder', `${folder} is open to group or others (${octal(mode)})`, {
      costs: 'others can read the audit, or swap the store under the service',
      mend: `chmod 700 ${folder}`,
    })
  const open = [
    ...privateFiles(folder),
    ...(control.operatorsDirectory !== folder && readable(control.operatorsDirectory) ? privateFiles(control.operatorsDirectory) : []),
    ...(keys.kind === 'directory' && readable(keys.directory)
      ? [keys.directory, ...readdirSync(keys.directory).map((name) => join(keys.directory, name))]
      : []),
  ].filter((path) => (lstatSync(path, { throwIfNoEntry: false })?.mode ?? 0) & OTHERS)
  if (open.length === 0) found.ok('data.files', 'databases, keys and operator tokens can be read by their owner only')
  else
    found.refuse('data.files', `open to group or others: ${open.join(', ')}`, {
      costs: 'whoever reads a key signs any token; whoever reads an operator token is that operator',
      mend: `chmod go-rwx ${open.join(' ')}`,
    })
}

function privateFiles(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => PRIVATE.test(name))
    .map((name) => join(folder, name))
}

function readable(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
}

function checkDisk({ audit }: BailiwickConfig, folder: string, found: Recorder): void {
  const costs = 'when the disk is full nothing can be recorded, and what cannot be recorded is not allowed: every call is denied'
  try {
    const { type, bavail, bsize } = statfsSync(folder)
    const remote = process.platform === 'linux' ? REMOTE.get(type >>> 0) : undefined
    if (process.platform !== 'linux')
      found.unknown('disk.local', 'whether the disk is local is not known on this platform', {
        costs: 'on a network file system locks do not hold, and two writers corrupt the store',
        mend: 'put data on a local disk',
      })
    else if (remote === undefined) found.ok('disk.local', 'on a local file system')
    else
      found.refuse('disk.local', `on a network file system (${remote})`, {
        costs: 'locks do not hold there, and a revocation may be lost or not seen',
        mend: 'put data on a local disk',
      })
    const free = bavail * bsize
    const says = `${megabytes(free)} free; below ${megabytes(audit.reservedBytes)} (audit.reserved) nothing is allowed`
    if (free < audit.reservedBytes) found.refuse('disk.free', says, { costs, mend: 'make room' })
    else if (free < COMFORTABLE * audit.reservedBytes) found.warn('disk.free', says, { costs, mend: 'make room' })
    else found.ok('disk.free', says)
  } catch (error) {
    found.unknown('disk.free', `the disk of ${folder} cannot be looked at (${codeOf(error)})`, { costs })
  }
}

function megabytes(bytes: number): string {
  return bytes >= 1024 ** 3 ? `${(bytes / 1024 ** 3).toFixed(1)} GiB` : `${Math.floor(bytes / 1024 ** 2)} MiB`
}

function octal(mode: number): string {
  return `0${(mode & 0o777).toString(8)}`
}
