// The options of every connection. Each default of the library that waits, queues, repeats or resends is turned off: a state read that is late denies,
// and a write that was in flight when the connection broke must never be sent again over a newer one.
import type { RedisOptions } from 'ioredis'
import { connectionNameOf } from './neighbours.ts'
import type { RedisSettings, RedisTls } from './options.ts'

/** What a write may take beside waiting for replicas. */
const WRITE_MARGIN_MS = 300
const CONNECT_TIMEOUT_MS = 1000
const RECONNECT_CAP_MS = 500

/** `reads`: state reads. `acts`: whatever ends authority. `works`: creating tasks and spending keys, so that an act never waits behind one. `inspection`: nobody's. */
export type LinkName = 'reads' | 'acts' | 'works' | 'inspection'

/** Replies come as RESP2 has them. */
export type ClientOptions = Omit<RedisOptions, 'replyMapping'> & { readonly commandTimeout: number }

export function clientOptions(settings: RedisSettings, name: LinkName): ClientOptions {
  const { target, sentinel } = settings
  const reads = name === 'reads'
  const commandTimeout = reads ? settings.readWithinMs : settings.confirmWithinMs + WRITE_MARGIN_MS
  return {
    ...(target.kind === 'server'
      ? { ...target.endpoint, ...(target.tls ? { tls: tlsOptions(settings.tls, target.endpoint.host) } : {}) }
      : {
          sentinels: target.sentinels.map(({ host, port }) => ({ host, port })),
          name: target.master,
          role: 'master',
          failoverDetector: true,
          sentinelCommandTimeout: CONNECT_TIMEOUT_MS,
          sentinelRetryStrategy: (times: number) => Math.min(50 * times, RECONNECT_CAP_MS),
          sentinelReconnectStrategy: () => CONNECT_TIMEOUT_MS,
          ...(sentinel?.username === undefined ? {} : { sentinelUsername: sentinel.username }),
          ...(sentinel?.password === undefined ? {} : { sentinelPassword: sentinel.password }),
          ...(sentinel?.tls === undefined ? {} : { sentinelTLS: tlsOptions(sentinel.tls, undefined) }),
          ...(settings.tls === undefined ? {} : { enableTLSForSentinelMode: true, tls: tlsOptions(settings.tls, undefined) }),
        }),
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    db: target.db,
    // RESP3 drops pushes silently and its maps read differently; nothing here needs it.
    protocol: 2,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout,
    // A half-open connection answers nothing and closes nothing: it is taken down, above what a command may take.
    socketTimeout: CONNECT_TIMEOUT_MS + (reads ? 0 : commandTimeout),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // Its pipelines go one at a time: measured, half the throughput and twice the wait of commands sent as they come; and a command that waits for
    // the one before is not under its own limit yet.
    enableAutoPipelining: false,
    retryStrategy: (times) => Math.min(50 * times, RECONNECT_CAP_MS),
    disableClientInfo: true,
    connectionName: name === 'inspection' ? 'bailiwick-inspection' : connectionNameOf(settings.name, name),
  }
}

function tlsOptions(tls: RedisTls | undefined, host: string | undefined): NonNullable<RedisOptions['tls']> {
  const servername = tls?.servername ?? host
  return {
    ...(tls?.ca === undefined ? {} : { ca: tls.ca }),
    ...(tls?.cert === undefined ? {} : { cert: tls.cert }),
    ...(tls?.key === undefined ? {} : { key: tls.key }),
    // A name only: SNI and the check of the certificate do not take addresses here.
    ...(servername === undefined || /^[0-9.]+$|:/.test(servername) ? {} : { servername }),
    rejectUnauthorized: true,
  }
}
