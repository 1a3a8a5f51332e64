// The keys of a process: a directory to sign and verify with, or the published set to verify with.
import type { BailiwickConfig } from '@bailiwick/config'
import { Fault } from '@bailiwick/core'
import type { Clock } from '@bailiwick/core'
import { createRequester } from '@bailiwick/runtime'
import type { Logger } from '@bailiwick/runtime'
import { openKeyRing, openPublishedKeys } from '@bailiwick/tokens'
import type { KeyRing, TokenVerifier } from '@bailiwick/tokens'
import type { Closers } from './closers.ts'

export interface OwnKeys {
  readonly verifier: TokenVerifier
  /** Where this process signs. */
  readonly ring?: KeyRing
}

const TIMEOUT_MS = 3_000
const MAX_BYTES = 262_144

export async function openKeys(config: BailiwickConfig, clock: Clock, log: Logger, closers: Closers): Promise<OwnKeys> {
  const { keys, issuer, limits } = config
  const bounds = { issuer, clock, maxBytes: limits.tokenBytes, maxLifetimeSeconds: limits.taskLifetimeSeconds }
  if (keys.kind === 'directory') {
    const ring = closers.add(await openKeyRing({ directory: keys.directory, algorithm: keys.algorithm, ...bounds }), (it) => it.close())
    return { verifier: ring, ring }
  }
  const requester = closers.add(createRequester({ tls: config.node.tls, timeoutMs: TIMEOUT_MS, maxBytes: MAX_BYTES }), (it) => Promise.resolve(it.close()))
  const fetch = async (): Promise<Uint8Array> => {
    const { status, bytes } = await requester.send({ url: keys.url, method: 'GET', headers: { accept: 'application/json' } })
    if (status !== 200) throw new Fault('keys', 'key_set_refused', `the key set was answered with status ${status}`)
    return bytes
  }
  const report = (code: string, cause: unknown): void => log.warn({ code, err: cause }, 'the published key set cannot be used')
  return { verifier: closers.add(openPublishedKeys({ ...bounds, fetch, report }), (it) => it.close()) }
}
