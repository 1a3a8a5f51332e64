// The scripts that end authority, lift a hold and spend a key. All are idempotent, and none makes anything live again. All but spending are fenced by
// a write that a full server takes: the kill switch must work when nothing else does.
import { CLOCK_AHEAD_SECONDS, FORGOTTEN_SECONDS, KEEP_SECONDS } from '../../single-use-times.ts'
import { scriptOf } from '../script.ts'
import { RAISED } from '../store-fault.ts'
import { COUNT } from './count.ts'
import { BASE } from './library.ts'
import { STANDING } from './standing.ts'

const CUT_OFF = `
local function cut_at(tag)
  read_cuts({ tag })
  -- Revision 0 is below everything ever created: a scope that is only held ends nothing.
  if not cuts[tag] then cuts[tag] = { e = 0, r = 0, at = 0, unlifted = 0, holds = 0 } end
  return cuts[tag]
end
local function write_cut(tag)
  local c = cuts[tag]
  redis.call('HSET', HEAD, 'c:' .. tag, string.format('%.0f %.0f %.0f %.0f %.0f', c.e, c.r, c.at, c.unlifted, c.holds))
  if older(CUT_EPOCH, CUT_REVISION, c.e, c.r) then
    CUT_EPOCH, CUT_REVISION = c.e, c.r
    redis.call('HSET', HEAD, 'cut_epoch', c.e, 'cut_revision', c.r)
  end
end
local function change_holds(tag, by)
  cuts[tag].holds = cuts[tag].holds + by
  redis.call('HINCRBY', HEAD, 'holds', by)
  write_cut(tag)
end
`

/**
 * 4 id, 5 kind, 6 scope id, 7 its tag (or the task id), 8 reason, 9 hold, 10 kind and 11 id of what is held where it is not the scope, 12 the tag of what
 * is held, 13 by, 14 at (ms), 15 `new` or `replay`, 16 and 17 the revision it is known to have been recorded at, or 0, 18 when the store dated it then, or 0
 * -> `recorded` epoch revision ended, the store's epoch and revision, when it was dated | `unknown` | `conflict`.
 */
export const RECORD_REVOCATION = scriptOf(
  BASE,
  STANDING,
  COUNT,
  CUT_OFF,
  `
local id, kind, scope_id, tag, hold, hold_tag = ARGV[4], ARGV[5], ARGV[6], ARGV[7], ARGV[9] == '1', ARGV[12]
local at_ms, replay, known_e, known_r, known_ms = tonumber(ARGV[14]), ARGV[15] == 'replay', tonumber(ARGV[16]), tonumber(ARGV[17]), tonumber(ARGV[18])
fence()
open()
local key = P .. 'r:' .. id
local old = redis.call('HMGET', key, 'kind', 'scope_id', 'hold', 'hold_id', 'epoch', 'revision', 'ended', 'cut_at_ms')
if old[1] then
  if old[1] ~= kind or old[2] ~= scope_id or old[3] ~= ARGV[9] or old[4] ~= ARGV[11] then return { 'conflict' } end
  local e, r, ended = int(old[5], 'revocation'), int(old[6], 'revocation'), int(old[7], 'revocation')
  -- Put back by somebody who knew less of it: it keeps the later revision. Never one the store has not reached.
  if replay and older(e, r, known_e, known_r) and older(known_e, known_r, EPOCH, REVISION + 1) then
    if kind ~= 'task' then
      local c = cut_at(tag)
      if older(c.e, c.r, known_e, known_r) then
        c.e, c.r = known_e, known_r
        write_cut(tag)
      end
    end
    redis.call('HSET', key, 'epoch', ARGV[16], 'revision', ARGV[17])
    e, r = known_e, known_r
  end
  -- Nobody waits for a replay, and a node may put back thousands.
  if not replay then touch() end
  return { 'recorded', e, r, ended, EPOCH, REVISION, int(old[8] or '0', 'revocation') }
end

local t = nil
if kind == 'task' then
  t = load(tag)
  if not t and not replay then return { 'unknown' } end
else
  cut_at(tag)
end
if hold and hold_tag ~= '' then cut_at(hold_tag) end
local ended = 0
if kind ~= 'task' or t then ended = count_live(kind, tag, at_ms / 1000) end

next_revision()
local e, r, cut_ms = EPOCH, REVISION, store_ms()
-- Not known where it stood, or not of this store's past: then it stands here and now, after everything that was created until now.
if replay and known_r > 0 and older(known_e, known_r, EPOCH, REVISION) then
  e, r = known_e, known_r
  if known_ms > 0 then cut_ms = known_ms end
end
if kind ~= 'task' then
  -- A cut-off only moves forward: of two, the later revision and the later time count, in whatever order they arrive.
  local c = cuts[tag]
  if older(c.e, c.r, e, r) then c.e, c.r = e, r end
  c.at, c.unlifted = math.max(c.at, cut_ms), c.unlifted + 1
  write_cut(tag)
elseif t and t.state ~= 'revoked' then
  redis.call('HSET', P .. 't:' .. tag, 'state', 'revoked', 'ended_at', string.format('%.0f', math.floor(at_ms / 1000)), 'ended_by', ARGV[13], 'end_reason', ARGV[8])
  redis.call('HINCRBY', P .. 't:' .. tag, 'version', 1)
end
if hold and hold_tag ~= '' then change_holds(hold_tag, 1) end
local seq = redis.call('HINCRBY', HEAD, 'revocations', 1)
redis.call('HSET', key, 'kind', kind, 'scope_id', scope_id, 'tag', tag, 'reason', ARGV[8], 'hold', ARGV[9], 'hold_kind', ARGV[10], 'hold_id', ARGV[11],
  'hold_tag', hold_tag, 'set_by', ARGV[13], 'set_at_ms', ARGV[14], 'epoch', e, 'revision', r, 'ended', ended, 'cut_at_ms', string.format('%.0f', cut_ms))
redis.call('ZADD', P .. 'revs', seq, id)
feed('revoke', id, 'kind', kind, 'scope_id', scope_id, 'reason', ARGV[8], 'hold', ARGV[9], 'hold_kind', ARGV[10], 'hold_id', ARGV[11], 'by', ARGV[13], 'at_ms', ARGV[14],
  'at_epoch', e, 'at_revision', r, 'cut_at_ms', string.format('%.0f', cut_ms))
return { 'recorded', e, r, ended, EPOCH, REVISION, cut_ms }
`,
)

/** 4 id, 5 by, 6 at (ms), 7 `new` or `replay` -> `lifted` epoch revision and the store's | `none`. */
export const LIFT_HOLD = scriptOf(
  BASE,
  CUT_OFF,
  `
fence()
open()
local key = P .. 'r:' .. ARGV[4]
local r = redis.call('HMGET', key, 'kind', 'hold', 'tag', 'hold_tag', 'lifted_by', 'epoch', 'revision')
-- A user's cut-off can be lifted without a hold: it holds sign-ins that carry no time.
if not r[1] or not (r[2] == '1' or r[1] == 'user') then return { 'none' } end
if r[5] then
  if ARGV[7] ~= 'replay' then touch() end
  return { 'lifted', int(r[6], 'revocation'), int(r[7], 'revocation'), EPOCH, REVISION }
end
local tag, hold_tag = r[1] ~= 'task' and r[3] or '', r[2] == '1' and r[4] or ''
if tag ~= '' and cut_at(tag).unlifted < 1 then corrupt('scope') end
if hold_tag ~= '' and cut_at(hold_tag).holds < 1 then corrupt('scope') end
next_revision()
redis.call('HSET', key, 'lifted_by', ARGV[5], 'lifted_at_ms', ARGV[6])
if tag ~= '' then
  cuts[tag].unlifted = cuts[tag].unlifted - 1
  write_cut(tag)
end
if hold_tag ~= '' then change_holds(hold_tag, -1) end
feed('lift', ARGV[4], 'by', ARGV[5], 'at_ms', ARGV[6])
return { 'lifted', EPOCH, REVISION, EPOCH, REVISION }
`,
)

/** 4 digest of the jti, 5 until, 6 now, 7 `new` or `replay`, 8 the jti -> epoch, revision. Of two ends the later counts. */
export const END_TOKEN = scriptOf(
  BASE,
  `
fence()
open()
local key, until_s = P .. 'tokens', tonumber(ARGV[5])
if not redis.call('ZSCORE', key, '') then error('${RAISED.gone} tokens') end
-- An expired token is refused by its own end long before its row goes, whatever this clock says.
for _, old in ipairs(redis.call('ZRANGEBYSCORE', key, '-inf', '(' .. (tonumber(ARGV[6]) - ${KEEP_SECONDS}), 'LIMIT', 0, 8)) do redis.call('ZREM', key, old) end
local now = redis.call('ZSCORE', key, ARGV[4])
if now and tonumber(now) >= until_s then
  if ARGV[7] ~= 'replay' then touch() end
else
  redis.call('ZADD', key, ARGV[5], ARGV[4])
  next_revision()
  feed('revoke_token', ARGV[8], 'until', ARGV[5])
end
return { EPOCH, REVISION }
`,
)

/** 4 digest of the key, 5 until, 6 now, 7 issued at or '' -> 1 when spent by this call, else 0, and the store's epoch and revision. What was pruned stays spent: a clock that steps back reopens nothing. */
export const SPEND = scriptOf(
  BASE,
  `
open()
redis.call('HSETNX', HEAD, 'store_id', ARGV[1])
local key = P .. 'spent'
if not redis.call('ZSCORE', key, '') then error('${RAISED.gone} spent') end
local memory = redis.call('HMGET', HEAD, 'spent_through', 'forgot_at')
local through, forgot_at, until_s = int(memory[1], 'spent_through'), int(memory[2], 'forgot_at'), tonumber(ARGV[5])
local younger = ARGV[7] ~= '' and tonumber(ARGV[7]) > forgot_at + ${CLOCK_AHEAD_SECONDS}
local forgotten = until_s <= forgot_at + ${FORGOTTEN_SECONDS} and not younger
if until_s <= through or forgotten or redis.call('ZSCORE', key, ARGV[4]) then return { 0, EPOCH, REVISION } end
local old = redis.call('ZRANGEBYSCORE', key, '-inf', '(' .. (tonumber(ARGV[6]) - ${KEEP_SECONDS}), 'WITHSCORES', 'LIMIT', 0, 8)
for i = 1, #old, 2 do
  through = math.max(through, tonumber(old[i + 1]))
  redis.call('ZREM', key, old[i])
end
if #old > 0 then redis.call('HSET', HEAD, 'spent_through', string.format('%.0f', through)) end
redis.call('ZADD', key, ARGV[5], ARGV[4])
next_revision()
return { 1, EPOCH, REVISION }
`,
)
