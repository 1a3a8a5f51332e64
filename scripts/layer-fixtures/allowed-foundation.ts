// path: packages/tokens/src/good.ts
// refused by: nobody
import { canonicalize } from '@bailiwick/json'
import type { BailiwickConfig } from '@bailiwick/config'
import type { Task } from '@bailiwick/core'
import { openDatabase } from '@bailiwick/sqlite'
import * as wire from '@bailiwick/wire'
import { local } from './deep/local.ts'
export const x = [canonicalize, openDatabase, wire, local]
export type X = BailiwickConfig | Task
