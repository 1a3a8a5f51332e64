// What the scripts share. A script is atomic but not undone: whatever can fail is done before the first write. Arguments 1 to 3 are the view of the
// caller (store id, epoch, the furthest revision it saw); a data set that is another one, or went back, raises instead of answering.
import { RAISED } from '../store-fault.ts'

/** How long after its end a task is still there, for people and so that its id is not taken again. */
export const KEEP_TASK_SECONDS = 86_400

/**
 * `fence` is a write that changes nothing: a server that is no primary, or has too few replicas, refuses it, and the script with it. It is not
 * replicated and costs no fsync. It also counts as the script's first write, and only that one is refused when memory is full.
 */
export const BASE = `
local HEAD = KEYS[1]
local P = string.sub(HEAD, 1, -5)
local EPOCH, REVISION, CUT_EPOCH, CUT_REVISION, HOLDS

local function corrupt(what) error('${RAISED.corrupt} ' .. what) end
local function int(text, what)
  local n = type(text) == 'string' and string.match(text, '^%-?%d+$') and tonumber(text)
  if not n then corrupt(what) end
  return n
end
local function older(e1, r1, e2, r2) return e1 < e2 or (e1 == e2 and r1 < r2) end
local function words(text)
  local list = {}
  for word in string.gmatch(text, '%S+') do list[#list + 1] = word end
  return list
end

local cuts = {}
local function keep_cut(tag, text)
  local cut = false
  if text then
    local e, r, at, unlifted, holds = string.match(text, '^(%d+) (%d+) (%-?%d+) (%d+) (%d+)$')
    if not e then corrupt('scope') end
    cut = { e = tonumber(e), r = tonumber(r), at = tonumber(at), unlifted = tonumber(unlifted), holds = tonumber(holds) }
  end
  cuts[tag] = cut
end
local function read_cuts(tags)
  local fields = {}
  for _, tag in ipairs(tags) do
    if cuts[tag] == nil then fields[#fields + 1] = 'c:' .. tag end
  end
  if #fields == 0 then return end
  local found = redis.call('HMGET', HEAD, unpack(fields))
  for i, field in ipairs(fields) do keep_cut(string.sub(field, 3), found[i]) end
end

local function fence() redis.call('DEL', P .. 'fence') end

-- Up to two tags are read along with the head.
local function open(a, b)
  local h = redis.call('HMGET', HEAD, 'store_id', 'epoch', 'revision', 'cut_epoch', 'cut_revision', 'holds', 'c:' .. (a or ''), 'c:' .. (b or ''))
  if not h[1] then error('${RAISED.gone} head') end
  EPOCH, REVISION = int(h[2], 'epoch'), int(h[3], 'revision')
  if h[1] ~= ARGV[1] or EPOCH ~= tonumber(ARGV[2]) or REVISION < tonumber(ARGV[3]) then error('${RAISED.moved} head') end
  CUT_EPOCH, CUT_REVISION, HOLDS = int(h[4], 'cut_epoch'), int(h[5], 'cut_revision'), int(h[6], 'holds')
  if a then keep_cut(a, h[7]) end
  if b then keep_cut(b, h[8]) end
end

-- This server's clock in milliseconds, never earlier than the store has seen: another server, whose clock is behind, may be the primary by now.
local function store_ms()
  local now, seen = redis.call('TIME'), redis.call('HGET', HEAD, 'clock_ms')
  return math.max(tonumber(now[1]) * 1000 + math.ceil(tonumber(now[2]) / 1000), seen and int(seen, 'clock_ms') or 0)
end

local function next_revision()
  redis.call('HSET', HEAD, 'clock_ms', string.format('%.0f', store_ms()))
  REVISION = redis.call('HINCRBY', HEAD, 'revision', 1)
  return REVISION
end
-- A write of its own, so that WAIT after a repeated act has something to wait for.
local function touch() redis.call('HINCRBY', HEAD, 'asked', 1) end
-- A hint: that it cannot be given undoes nothing and fails nothing.
local function feed(act, id, ...) redis.pcall('XADD', P .. 'feed', 'MAXLEN', '~', 10000, '*', 'act', act, 'id', id, 'epoch', EPOCH, 'revision', REVISION, ...) end
`

/** The state of one task with everything above it, and the strictest thing that stands against it. */
export const STANDING = `
local FIELDS = { 'state', 'path', 'expires_at', 'root_epoch', 'root_revision' }
local function task_of(id, t)
  if not t[1] then
    if redis.call('EXISTS', P .. 't:' .. id) == 1 then corrupt('task') end
    return nil
  end
  if t[1] ~= 'active' and t[1] ~= 'completed' and t[1] ~= 'revoked' then corrupt('state') end
  if not t[2] then corrupt('task') end
  return { id = id, state = t[1], path = t[2], expires = int(t[3], 'expires_at'), re = int(t[4], 'root'), rr = int(t[5], 'root') }
end
local function load(id) return task_of(id, redis.call('HMGET', P .. 't:' .. id, unpack(FIELDS))) end

local ancestors = {}
local NOTHING_ABOVE = { revoked = false, completed = false, expires = math.huge }
local function above(path)
  if path == '' then return NOTHING_ABOVE end
  local sum = { revoked = false, completed = false, expires = math.huge }
  for _, id in ipairs(words(path)) do
    local a = ancestors[id]
    if a == nil then
      a = redis.call('HMGET', P .. 't:' .. id, 'state', 'expires_at')
      ancestors[id] = a
    end
    if not a[1] then return nil end
    if a[1] == 'revoked' then sum.revoked = true
    elseif a[1] == 'completed' then sum.completed = true
    elseif a[1] ~= 'active' then corrupt('state') end
    sum.expires = math.min(sum.expires, int(a[2], 'expires_at'))
  end
  return sum
end

-- Whether a cut-off of a scope of the task is newer than the oldest task on its path that is in the scope; and whether one of them holds.
local function cut_and_held(t, new_work)
  -- Cannot change the answer: no cut-off is newer than this one, and with no hold anywhere none applies.
  if not older(t.re, t.rr, CUT_EPOCH, CUT_REVISION) and not (new_work and HOLDS > 0) then return false, false end
  local s = redis.call('HMGET', P .. 't:' .. t.id, 'scopes', 'revs')
  if not (s[1] and s[2]) then corrupt('scopes') end
  local tags, revs = words(s[1]), words(s[2])
  if #tags == 0 or #tags ~= #revs then corrupt('scopes') end
  read_cuts(tags)
  local cut, held = false, false
  for i, tag in ipairs(tags) do
    local c = cuts[tag]
    if c then
      local e, r = string.match(revs[i], '^(%d+):(%d+)$')
      if not e then corrupt('scopes') end
      if older(tonumber(e), tonumber(r), c.e, c.r) then cut = true end
      if c.holds > 0 then held = true end
    end
  end
  return cut, held
end

-- o: now, resource, kid, jti (tags, or '' for none), new_work
local function standing(t, o)
  if not t then return 'task_unknown', '' end
  local up = above(t.path)
  if not up then return 'task_unknown', 'ancestor_missing' end
  if t.state == 'revoked' then return 'task_revoked', '' end
  if up.revoked then return 'task_revoked', 'ancestor' end
  if o.jti ~= '' then
    local ended = redis.call('ZMSCORE', P .. 'tokens', '', o.jti)
    if not ended[1] then error('${RAISED.gone} tokens') end
    if ended[2] then return 'task_revoked', 'token' end
  end
  if t.state == 'completed' then return 'task_completed', '' end
  if up.completed then return 'task_completed', 'ancestor' end
  if not (o.now < t.expires and o.now < up.expires) then return 'task_expired', '' end
  if o.kid ~= '' then
    read_cuts({ o.kid })
    local c = cuts[o.kid]
    if c and (c.e > 0 or c.r > 0) then return 'cut_off', 'key' end
  end
  local cut, held = cut_and_held(t, o.new_work)
  if o.resource ~= '' then
    read_cuts({ o.resource })
    local c = cuts[o.resource]
    if c and older(t.re, t.rr, c.e, c.r) then cut = true end
    if c and c.holds > 0 then held = true end
  end
  if cut then return 'cut_off', '' end
  if held and o.new_work then return 'held', '' end
  return '', ''
end
`

/** Holds and cut-offs of sign-ins against work that has no task yet. */
export const WORK = `
local function work(tags, user, authenticated_at)
  read_cuts(tags)
  if user ~= '' then
    read_cuts({ user })
    local c = cuts[user]
    if c then
      -- Sign-in times are whole seconds: the cut-off is rounded up and equality denies, so a sign-in of the same second never slips through.
      if authenticated_at ~= '' and not (tonumber(authenticated_at) > math.ceil(c.at / 1000)) then return 'cut_off', 'sign_in' end
      -- Without a sign-in time nobody can tell an old sign-in from a new one.
      if authenticated_at == '' and c.unlifted > 0 then return 'held', 'sign_in_time_unknown' end
    end
  end
  for _, tag in ipairs(tags) do
    if cuts[tag] and cuts[tag].holds > 0 then return 'held', '' end
  end
  return '', ''
end
`

/** How many live tasks a scope covers. Counted, never remembered. A key covers tokens, not tasks. */
export const COUNT = `
local function live(t, now)
  if not t or t.state ~= 'active' or not (now < t.expires) then return false end
  local up = above(t.path)
  if not up or up.revoked or up.completed or not (now < up.expires) then return false end
  return not (cut_and_held(t, false))
end

local function count_tree(id, now)
  local pending, count = { id }, 0
  while #pending > 0 do
    local at = table.remove(pending)
    -- A tree below a task that is not live is not live either.
    if live(load(at), now) then
      count = count + 1
      for _, child in ipairs(redis.call('ZRANGE', P .. 'by:parent:' .. at, 0, -1)) do pending[#pending + 1] = child end
    end
  end
  return count
end

local function count_live(kind, scope, now)
  if kind == 'key' then return 0 end
  if kind == 'task' then return count_tree(scope, now) end
  local resource = false
  if kind == 'resource' then
    read_cuts({ scope })
    resource = cuts[scope]
  end
  local count = 0
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', P .. 'in:' .. scope, '(' .. now, '+inf')) do
    local t = load(id)
    if live(t, now) and not (resource and older(t.re, t.rr, resource.e, resource.r)) then count = count + 1 end
  end
  return count
end
`
