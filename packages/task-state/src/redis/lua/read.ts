// The scripts that read. Each is fenced: what they say was true on the primary, in one consistent view, when they said it.
import { scriptOf } from '../script.ts'
import { COUNT } from './count.ts'
import { BASE } from './library.ts'
import { STANDING, WORK } from './standing.ts'

/** 4 task id, 5 now, 6 resource tag, 7 key tag, 8 token digest, 9 new work -> reason, detail, epoch, revision, then what is stored of the task. */
export const READ_STANDING = scriptOf(
  BASE,
  STANDING,
  `
fence()
open(ARGV[6], ARGV[7])
local s = redis.call('HMGET', P .. 't:' .. ARGV[4], 'state', 'path', 'expires_at', 'root_epoch', 'root_revision',
  'version', 'created_epoch', 'created_revision', 'ended_at', 'ended_by', 'end_reason', 'facts')
local t = task_of(ARGV[4], s)
local reason, detail = standing(t, { now = tonumber(ARGV[5]), resource = ARGV[6], kid = ARGV[7], jti = ARGV[8], new_work = ARGV[9] == '1' })
return { reason, detail, EPOCH, REVISION, s[1], s[2], s[3], s[6], s[7], s[8], s[9], s[10], s[11], s[12] }
`,
)

/** 4 tags, 5 the user's tag, 6 signed in at -> reason, detail, epoch, revision. */
export const CHECK_WORK = scriptOf(
  BASE,
  WORK,
  `
fence()
open()
local reason, detail = work(words(ARGV[4]), ARGV[5], ARGV[6])
return { reason, detail, EPOCH, REVISION }
`,
)

/** 4 kind, 5 tag or task id, 6 now -> found, count. */
export const COUNT_AFFECTED = scriptOf(
  BASE,
  STANDING,
  COUNT,
  `
fence()
open()
if ARGV[4] == 'task' and not load(ARGV[5]) then return { 0, 0 } end
return { 1, count_live(ARGV[4], ARGV[5], tonumber(ARGV[6])) }
`,
)

/** 4 revocation id, 5 task id or '' -> epoch, revision, whether the task is there, then what is stored of the revocation. */
export const LOOK_UP = scriptOf(
  BASE,
  `
fence()
open()
local task = ARGV[5] == '' and 0 or redis.call('EXISTS', P .. 't:' .. ARGV[5])
local r = redis.call('HMGET', P .. 'r:' .. ARGV[4], 'kind', 'scope_id', 'reason', 'hold', 'set_by', 'set_at_ms', 'epoch', 'revision', 'lifted_by', 'lifted_at_ms', 'hold_kind', 'hold_id')
return { EPOCH, REVISION, task, r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12] }
`,
)

/** -> epoch, revision. */
export const READ_HEAD = scriptOf(
  BASE,
  `
fence()
open()
return { EPOCH, REVISION }
`,
)

/** 4 the entry read last, 5 how many -> entries after it: id, then names and values. Fenced like every read, so that what it says was done on the primary. */
export const READ_FEED = scriptOf(
  BASE,
  `
fence()
open()
return redis.call('XRANGE', P .. 'feed', '(' .. ARGV[4], '+', 'COUNT', ARGV[5])
`,
)
