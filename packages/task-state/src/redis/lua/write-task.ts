// The scripts that create and complete a task. They re-check everything: what the caller read before may be old by now.
import { scriptOf } from '../script.ts'
import { COUNT } from './count.ts'
import { BASE, KEEP_TASK_SECONDS } from './library.ts'
import { STANDING, WORK } from './standing.ts'

/**
 * 4 id, 5 parent id or '', 6 now, 7 ms to keep, 8 expires at, 9 facts, 10 digest of the subject, 11 digest of the agent, 12 its scopes' tags,
 * 13 its resources' tags, 14 the user's tag where the work rests on a sign-in, 15 signed in at -> `created` epoch revision | `exists` | reason detail.
 * Here the fence is a write that a full server refuses: creating is the one thing that must not go on then.
 */
export const CREATE_TASK = scriptOf(
  BASE,
  STANDING,
  WORK,
  `
local id, parent, now, ttl, expires = ARGV[4], ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
open()
redis.call('HSETNX', HEAD, 'store_id', ARGV[1])
local key = P .. 't:' .. id
if redis.call('EXISTS', key) == 1 then return { 'exists' } end

local path, tags, revs, own = '', {}, {}, words(ARGV[12])
local root
if parent ~= '' then
  local p = load(parent)
  local reason, detail = standing(p, { now = now, resource = '', kid = '', jti = '', new_work = true })
  if reason ~= '' then return { 'denied', reason, detail } end
  path = p.path == '' and parent or (p.path .. ' ' .. parent)
  local inherited = redis.call('HMGET', P .. 't:' .. parent, 'scopes', 'revs')
  if not (inherited[1] and inherited[2]) then corrupt('scopes') end
  tags, revs, root = words(inherited[1]), words(inherited[2]), p
end
local uses = words(ARGV[13])
local asked = {}
for _, tag in ipairs(own) do asked[#asked + 1] = tag end
for _, tag in ipairs(uses) do asked[#asked + 1] = tag end
local reason, detail = work(asked, ARGV[14], ARGV[15])
if reason ~= '' then return { 'denied', reason, detail } end

local seq = redis.call('HINCRBY', HEAD, 'tasks', 1)
local revision = next_revision()
-- A scope shared with an ancestor keeps the ancestor's older revision: a cut-off between the two ends the ancestor, so it ends the child.
local has = {}
for _, tag in ipairs(tags) do has[tag] = true end
for _, tag in ipairs(own) do
  if not has[tag] then
    has[tag] = true
    tags[#tags + 1] = tag
    revs[#revs + 1] = EPOCH .. ':' .. revision
  end
end
redis.call('HSET', key, 'state', 'active', 'version', '1', 'path', path, 'expires_at', expires, 'facts', ARGV[9], 'created_epoch', EPOCH, 'created_revision', revision,
  'root_epoch', root and root.re or EPOCH, 'root_revision', root and root.rr or revision, 'scopes', table.concat(tags, ' '), 'revs', table.concat(revs, ' '))
redis.call('PEXPIRE', key, ttl)

local function keep(index)
  if redis.call('PTTL', index) < ttl then redis.call('PEXPIRE', index, ttl) end
end
local function list(index)
  -- What lapsed leaves its lists a little at a time, oldest first.
  for _, old in ipairs(redis.call('ZRANGE', index, 0, 1)) do
    if redis.call('EXISTS', P .. 't:' .. old) == 0 then redis.call('ZREM', index, old) end
  end
  redis.call('ZADD', index, seq, id)
  keep(index)
end
list(P .. 'by:all')
list(P .. 'by:sub:' .. ARGV[10])
list(P .. 'by:agent:' .. ARGV[11])
if parent ~= '' then list(P .. 'by:parent:' .. parent) end
for _, tag in ipairs(uses) do tags[#tags + 1] = tag end
for _, tag in ipairs(tags) do
  local index = P .. 'in:' .. tag
  redis.call('ZREMRANGEBYSCORE', index, '-inf', now - ${KEEP_TASK_SECONDS})
  redis.call('ZADD', index, expires, id)
  keep(index)
end
return { 'created', EPOCH, revision }
`,
)

/** What completing writes; used by the replay of a recorded completion too. */
const COMPLETE = `
local function complete(t, by, at_ms)
  local ended = count_tree(t.id, at_ms / 1000)
  redis.call('HSET', P .. 't:' .. t.id, 'state', 'completed', 'ended_at', string.format('%.0f', math.floor(at_ms / 1000)), 'ended_by', by, 'end_reason', 'completed')
  redis.call('HINCRBY', P .. 't:' .. t.id, 'version', 1)
  next_revision()
  feed('complete', t.id, 'by', by, 'at_ms', string.format('%.0f', at_ms), 'until', string.format('%.0f', t.expires))
  return ended
end
`

/** 4 id, 5 by, 6 at (ms) -> `done` epoch revision ended | `denied` reason detail. */
export const COMPLETE_TASK = scriptOf(
  BASE,
  STANDING,
  COUNT,
  COMPLETE,
  `
fence()
open()
local at_ms = tonumber(ARGV[6])
local t = load(ARGV[4])
local reason, detail = standing(t, { now = at_ms / 1000, resource = '', kid = '', jti = '', new_work = false })
-- Neither a cut-off nor an end from above stands in the way of ending more.
if reason ~= '' and reason ~= 'task_completed' and reason ~= 'cut_off' then return { 'denied', reason, detail } end
local ended = 0
if t.state == 'active' then ended = complete(t, ARGV[5], at_ms) else touch() end
return { 'done', EPOCH, REVISION, ended }
`,
)

/** 4 id, 5 by, 6 at (ms): does nothing to a task that is missing or has ended. */
export const REPLAY_COMPLETION = scriptOf(
  BASE,
  STANDING,
  COUNT,
  COMPLETE,
  `
fence()
open()
local t = load(ARGV[4])
if t and t.state == 'active' then complete(t, ARGV[5], tonumber(ARGV[6])) end
return { EPOCH, REVISION }
`,
)
