// A control that starts, for operators.test.ts: as far as its first operator.
import { systemClock } from '@bailiwick/core'
import { ensureFirstOperator, openOperatorRegistry } from '../src/index.ts'

const [, , shared, own] = process.argv
if (shared === undefined || own === undefined) throw new TypeError('two folders are needed')
ensureFirstOperator(openOperatorRegistry({ directory: shared, clock: systemClock }), own)
