// What stands against a task, or against work that has no task yet: the part of a script that decides. Comes after `BASE`; writes nothing.
import { RAISED } from '../store-fault.ts'

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
