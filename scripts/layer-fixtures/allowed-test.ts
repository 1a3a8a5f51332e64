// path: packages/tokens/test/good.test.ts
// refused by: nobody
import { testClock } from '@bailiwick/kit/clock'
import { expect } from 'vitest'
import { newJti } from '../src/new-jti.ts'
expect(newJti).not.toBe(testClock)
