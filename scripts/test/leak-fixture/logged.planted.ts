import { it } from 'vitest'
import { silentLog } from '../../../test/kit/src/silent-log.ts'
import { TEST_GATEWAY_SECRET } from '../../../test/kit/src/test-secrets.ts'

it('logs a secret under a name nobody redacts', () => {
  silentLog().log.debug({ note: TEST_GATEWAY_SECRET }, 'from the gateway')
})
