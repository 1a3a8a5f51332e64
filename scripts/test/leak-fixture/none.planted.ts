import { expect, it } from 'vitest'
import { silentLog } from '../../../test/kit/src/silent-log.ts'

it('gives tokens to the logger, which cuts them', () => {
  const { log, lines } = silentLog()
  log.info({ note: `bwop_${'A'.repeat(43)}`, token: 'opaque-but-named' }, 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl')
  expect(lines).toHaveLength(1)
})
