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
  REVISION = REVISION + 1
  redis.call('HSET', HEAD, 'clock_ms', string.format('%.0f', store_ms()), 'revision', string.format('%.0f', REVISION))
  return REVISION
end
-- A write of its own, so that WAIT after a repeated act has something to wait for.
local function touch() redis.call('HINCRBY', HEAD, 'asked', 1) end
-- A hint: that it cannot be given undoes nothing and fails nothing.
local function feed(act, id, ...) redis.pcall('XADD', P .. 'feed', 'MAXLEN', '~', 10000, '*', 'act', act, 'id', id, 'epoch', EPOCH, 'revision', REVISION, ...) end
`
