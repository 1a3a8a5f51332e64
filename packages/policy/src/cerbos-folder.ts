// The private folder of one supervised Cerbos: its configuration and its sockets. Only we and it can enter (0700), and the sockets
// themselves are 0600: whoever reaches the socket can ask anything, so nobody else does.
import { constants } from 'node:fs'
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface CerbosFolder {
  readonly path: string
  readonly configFile: string
  /** `unix:/tmp/bailiwick-pdp-x/grpc.sock`. */
  readonly address: string
  remove(): Promise<void>
}

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, one of them the end mark. */
const MAX_SOCKET_PATH_BYTES = 103
const SHORT_TMP = '/tmp'

export async function createCerbosFolder(policies: string): Promise<CerbosFolder> {
  // Cerbos puts environment variables in place of `${NAME}` and `$NAME` in its configuration.
  if (policies.includes('$')) throw new Error('policy.directory: a path without `$` was expected')
  await access(policies, constants.R_OK).catch((cause: unknown) => {
    throw new Error(`policy.directory: ${policies} cannot be read`, { cause })
  })
  const path = await makeFolder()
  const configFile = join(path, 'cerbos.yaml')
  await writeFile(configFile, JSON.stringify(toConfig(path, policies), undefined, 2), { mode: 0o600, flag: 'wx' })
  return { path, configFile, address: `unix:${join(path, 'grpc.sock')}`, remove: () => rm(path, { recursive: true, force: true }) }
}

async function makeFolder(): Promise<string> {
  const temporary = tmpdir()
  const longest = join(temporary, 'bailiwick-pdp-XXXXXX', 'grpc.sock')
  const fits = Buffer.byteLength(longest) <= MAX_SOCKET_PATH_BYTES && !temporary.includes('$')
  // mkdtemp makes it 0700.
  return await mkdtemp(join(fits ? temporary : SHORT_TMP, 'bailiwick-pdp-'))
}

/** JSON is YAML. Documented at https://docs.cerbos.dev/cerbos/latest/configuration/ */
function toConfig(folder: string, policies: string): object {
  return {
    server: {
      grpcListenAddr: `unix:${join(folder, 'grpc.sock')}`,
      // Cannot be turned off, and would listen on every interface: it gets a socket nobody is told of.
      httpListenAddr: `unix:${join(folder, 'http.sock')}`,
      // The default lets every local user connect.
      udsFileMode: '0o600',
    },
    storage: { driver: 'disk', disk: { directory: policies, watchForChanges: true } },
    schema: { enforcement: 'reject' },
    // Our journal is the record; Cerbos would write tool arguments in clear.
    audit: { enabled: false },
    telemetry: { disabled: true },
  }
}
