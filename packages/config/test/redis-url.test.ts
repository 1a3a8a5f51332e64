import { describe, expect, it } from 'vitest'
import { parseRedisUrl } from '../src/index.ts'

const SECRET = 'p:a/s@s w#rd'

describe('the URL of the store', () => {
  it.each([
    ['redis://localhost', { kind: 'server', endpoint: { host: 'localhost', port: 6379 }, tls: false, db: 0 }],
    ['redis://localhost/', { kind: 'server', endpoint: { host: 'localhost', port: 6379 }, tls: false, db: 0 }],
    ['rediss://redis.example.com:6380/2', { kind: 'server', endpoint: { host: 'redis.example.com', port: 6380 }, tls: true, db: 2 }],
    ['redis://[::1]:7000', { kind: 'server', endpoint: { host: '::1', port: 7000 }, tls: false, db: 0 }],
    [`redis://:${encodeURIComponent(SECRET)}@h`, { kind: 'server', endpoint: { host: 'h', port: 6379 }, tls: false, db: 0, password: SECRET }],
    [
      `redis://me:${encodeURIComponent(SECRET)}@h`,
      { kind: 'server', endpoint: { host: 'h', port: 6379 }, tls: false, db: 0, username: 'me', password: SECRET },
    ],
    [
      'redis+sentinel://a,b:26380/main/3',
      {
        kind: 'sentinel',
        sentinels: [
          { host: 'a', port: 26379 },
          { host: 'b', port: 26380 },
        ],
        master: 'main',
        db: 3,
      },
    ],
  ])('%s', (url, target) => {
    expect(parseRedisUrl(url)).toEqual({ ok: true, value: target })
  })

  it.each([
    'http://h',
    'redis:h',
    'redis://',
    'redis:///1',
    'redis://h/one',
    'redis://h/1/2',
    'redis://h?db=1',
    'redis://h#1',
    'redis://h:0',
    'redis://h:99999',
    'redis://a,b',
    'redis://h h',
    'redis://user@h',
    'redis://user:@h',
    'redis://%zz:x@h',
    'redis+sentinel://a',
    'redis+sentinel://a/',
    'redis+sentinel://a/ma in',
    'redis+sentinel://a,/main',
    `redis+sentinel://${Array.from({ length: 17 }, (_, at) => `s${at}`).join(',')}/main`,
  ])('refuses %s', (url) => {
    expect(parseRedisUrl(url)).toEqual({ ok: false, expected: expect.any(String) })
  })

  it('never shows what it was', () => {
    expect(JSON.stringify(parseRedisUrl('redis://me:hunter2@h/x'))).not.toContain('hunter2')
  })
})
