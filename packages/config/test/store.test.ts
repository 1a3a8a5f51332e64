// The store of many nodes, as the file names it: both forms, its counts, its secrets, and what is refused because others could then speak for the store.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { redactConfig } from '../src/index.ts'
import type { ConfigResult, StoreConfig } from '../src/index.ts'
import { openFolder, VALID } from './fixture.ts'
import type { Folder } from './fixture.ts'

const PASSWORD = 'hunter2-hunter2'
const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n'
const LONG = `store:
  url: redis+sentinel://s1.example.com,s2.example.com:26380/main
  username: bailiwick
  password_file: ./redis.password
  namespace: house
  controls: [node-1, node-2]
  replicas: { promotable: 2, min_to_write: 1, acks: 2 }
  tls: { ca: ./ca.pem, server_name: redis.example.com }
  sentinel: { username: watcher, password_file: ./sentinel.password, tls: { ca: ./ca.pem } }
  read_timeout: 20ms
`

let folder: Folder
beforeAll(() => {
  folder = openFolder()
  folder.write('redis.password', `${PASSWORD}\n`)
  folder.write('sentinel.password', `${PASSWORD}-sentinel\n`)
  folder.write('open.password', PASSWORD, 0o644)
  folder.write('ca.pem', PEM, 0o644)
  folder.write('key.pem', '-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n')
})
afterAll(() => folder.remove())

const withStore = (store: string, env?: Readonly<Record<string, string>>): ConfigResult => folder.parse(`${VALID}node: { id: node-1 }\n${store}`, env)

function storeOf(result: ConfigResult): StoreConfig {
  if (!result.ok) throw new Error(result.problems.map(({ path, expected }) => `${path}: ${expected}`).join('; '))
  return result.config.store
}

describe('a store of many nodes', () => {
  it('is one server without replicas where only its URL is given', () => {
    expect(storeOf(withStore('store: redis://127.0.0.1:7000/2'))).toEqual({
      kind: 'redis',
      target: { kind: 'server', endpoint: { host: '127.0.0.1', port: 7000 }, tls: false, db: 2 },
      namespace: 'bailiwick',
      replicas: { promotable: 0, minToWrite: 0, acks: 0 },
      sentinel: {},
      readWithinMs: 25,
      confirmWithinMs: 200,
      openWithinMs: 5000,
    })
  })

  it('in the long form says who serves control, how many replicas count, and how everything is spoken to', () => {
    expect(storeOf(withStore(LONG))).toEqual({
      kind: 'redis',
      target: {
        kind: 'sentinel',
        sentinels: [
          { host: 's1.example.com', port: 26379 },
          { host: 's2.example.com', port: 26380 },
        ],
        master: 'main',
        db: 0,
        username: 'bailiwick',
        password: PASSWORD,
      },
      namespace: 'house',
      controls: ['node-1', 'node-2'],
      replicas: { promotable: 2, minToWrite: 1, acks: 2, synced: false },
      tls: { ca: PEM, servername: 'redis.example.com' },
      sentinel: { username: 'watcher', password: `${PASSWORD}-sentinel`, tls: { ca: PEM } },
      readWithinMs: 20,
      confirmWithinMs: 200,
      openWithinMs: 5000,
    })
  })

  it('takes its secrets and its URL from the environment, and keeps what the file says beside them', () => {
    const file = 'store: { url: redis://localhost, controls: [node-1] }\n'
    const direct = storeOf(withStore(file, { BAILIWICK_STORE: 'redis://127.0.0.2', BAILIWICK_STORE_PASSWORD: PASSWORD }))
    expect(direct).toMatchObject({ target: { endpoint: { host: '127.0.0.2' }, password: PASSWORD }, controls: ['node-1'] })
    const byFile = storeOf(withStore('store: redis://localhost\n', { BAILIWICK_STORE_PASSWORD_FILE: join(folder.directory, 'redis.password') }))
    expect(byFile).toMatchObject({ target: { endpoint: { host: 'localhost' }, password: PASSWORD } })
    expect(storeOf(withStore(file, { BAILIWICK_STORE: 'sqlite' }))).toMatchObject({ kind: 'sqlite' })
    folder.write('store.url', `redis://me:${PASSWORD}@localhost\n`)
    expect(storeOf(withStore('', { BAILIWICK_STORE_FILE: join(folder.directory, 'store.url') }))).toMatchObject({
      target: { username: 'me', password: PASSWORD },
    })
    expect(
      storeOf(
        withStore(LONG.replace('sentinel: { username: watcher, password_file: ./sentinel.password,', 'sentinel: {'), {
          BAILIWICK_STORE_SENTINEL_PASSWORD: 's',
        }),
      ),
    ).toMatchObject({
      sentinel: { password: 's' },
    })
  })

  it('is printed without its passwords and keys', () => {
    const result = withStore('store: { url: rediss://redis.example.com, password_file: ./redis.password, tls: { cert: ./ca.pem, key: ./key.pem } }\n')
    const printed = JSON.stringify(result.ok ? redactConfig(result.config) : result)
    expect(printed).toContain('redis.example.com')
    expect(printed).not.toContain(PASSWORD)
    expect(printed).not.toContain('PRIVATE KEY')
  })
})

const REFUSED: readonly (readonly [what: string, store: string, path: string, expected: string])[] = [
  ['a URL of something else', 'store: http://127.0.0.1', 'store', 'redis://'],
  ['a URL that cannot be', 'store: redis://127.0.0.1/one', 'store', 'database number'],
  ['a map without a URL', 'store: { namespace: x }', 'store.url', 'required'],
  ['a setting that does not exist', 'store: { url: redis://localhost, control: [node-1] }', 'store.control', 'exists here'],
  ['nobody to wait for', 'store: { url: redis://localhost, controls: [] }', 'store.controls', 'at least one'],
  ['a node twice', 'store: { url: redis://localhost, controls: [a, a] }', 'store.controls[1]', 'once'],
  [
    'a cut-off primary that goes on allowing',
    'store: { url: redis://localhost, replicas: { promotable: 3, min_to_write: 1, acks: 1 } }',
    'store.replicas.min_to_write',
    'at least 2',
  ],
  [
    'a primary that denies everything after a failover',
    'store: { url: redis://localhost, replicas: { promotable: 2, min_to_write: 2, acks: 2 } }',
    'store.replicas.min_to_write',
    'at most 1',
  ],
  ['acts no replica has', 'store: { url: redis://localhost, replicas: { promotable: 1, min_to_write: 0, acks: 0 } }', 'store.replicas.acks', 'at least 1'],
  [
    'more acknowledgements than replicas',
    'store: { url: redis://localhost, replicas: { promotable: 1, min_to_write: 0, acks: 2 } }',
    'store.replicas.acks',
    'at most 1',
  ],
  [
    'a count of nothing',
    'store: { url: redis://localhost, replicas: { promotable: -1, min_to_write: 0, acks: 0 } }',
    'store.replicas.promotable',
    'from 0 to 16',
  ],
  ['task state in clear over a network', 'store: redis://redis.example.com', 'store', 'rediss://'],
  ['the same in the long form', 'store: { url: redis://10.0.0.1 }', 'store.url', 'rediss://'],
  ['Sentinels in clear over a network', 'store: { url: redis+sentinel://s1.example.com/main, tls: {} }', 'store.url', 'sentinel.tls'],
  ['servers behind Sentinels in clear', 'store: { url: redis+sentinel://s1.example.com/main, sentinel: { tls: {} } }', 'store.url', 'tls beside it'],
  ['certificates for a connection in clear', 'store: { url: redis://localhost, tls: { ca: ./ca.pem } }', 'store.tls', 'rediss://'],
  ['a certificate without its key', 'store: { url: rediss://localhost, tls: { cert: ./ca.pem } }', 'store.tls.cert', 'together'],
  ['a certificate that is none', 'store: { url: rediss://localhost, tls: { ca: ./edge.key } }', 'store.tls.ca', 'PEM'],
  ['a password everybody can read', 'store: { url: redis://localhost, password_file: ./open.password }', 'store.password_file', 'chmod 600'],
  ['a password file that is not there', 'store: { url: redis://localhost, password_file: ./nothing }', 'store.password_file', 'exists'],
  ['a user without a password', 'store: { url: redis://localhost, username: me }', 'store.username', 'password_file'],
  ['two passwords', 'store: { url: "redis://:x@localhost", password_file: ./redis.password }', 'store.password_file', 'either'],
  ['Sentinel settings without Sentinels', 'store: { url: redis://localhost, sentinel: { tls: {} } }', 'store.sentinel.tls', 'redis+sentinel'],
  ['an act that is never answered in time', 'store: { url: redis://localhost, confirm_timeout: 5s }', 'store.confirm_timeout', 'between'],
]

describe('what is refused', () => {
  it.each(REFUSED)('%s', (_, store, path, expected) => {
    const result = withStore(`${store}\n`)
    expect(result.ok ? [] : result.problems).toContainEqual(
      expect.objectContaining({ path, line: expect.any(Number), expected: expect.stringContaining(expected) }),
    )
    expect(JSON.stringify(result)).not.toContain(PASSWORD)
  })

  it('a node without a name of its own, which a restart could change', () => {
    const result = folder.parse(`${VALID}store: redis://localhost\n`)
    expect(result.ok ? [] : result.problems).toMatchObject([{ path: 'node.id', expected: expect.stringContaining('required') }])
  })

  it('but not in clear where somebody said so', () => {
    expect(storeOf(withStore('store: { url: redis://redis.example.com, allow_plaintext: true }\n'))).toMatchObject({ kind: 'redis' })
  })
})
