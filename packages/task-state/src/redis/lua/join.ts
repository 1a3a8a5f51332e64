// How a node takes up a store, and how all of them know that nothing recorded is missing from it.
import { scriptOf } from '../script.ts'
import { BASE } from './library.ts'

/**
 * 1 id for a store that has to be made, 2 the server's incarnation, 3 to 5 the furthest this node knows (store id or '', epoch, revision), 6 the highest epoch
 * it ever recorded, 7 to 9 the furthest it knows nothing was lost up to (store id or ''), 10 now (s),
 * 11 this database, 12 the other databases in use -> `joined` store id, epoch, revision, lost (0 or 1) | `wrong_db`.
 *
 * A new incarnation, a store that is another one or went back, and the loss of what proves it complete begin a new epoch, above everything the node knows.
 */
export const JOIN = scriptOf(
  BASE,
  `
local made, incarnation, highest = ARGV[1], ARGV[2], tonumber(ARGV[6])
fence()
local h = redis.call('HMGET', HEAD, 'store_id', 'epoch', 'revision', 'server', 'forgot_at')
local complete = redis.call('ZSCORE', P .. 'tokens', '') and redis.call('ZSCORE', P .. 'spent', '')
local lost, spent_lost = false, false

if not h[1] then
  -- In another database than the other nodes this one would make a store of its own, and none of their revocations would reach it.
  for _, db in ipairs(words(ARGV[12])) do
    redis.call('SELECT', db)
    local elsewhere = redis.call('EXISTS', HEAD) == 1
    redis.call('SELECT', ARGV[11])
    if elsewhere then return { 'wrong_db' } end
  end
  lost = ARGV[3] ~= '' or highest > 0
  spent_lost = lost
  redis.call('HSET', HEAD, 'store_id', made, 'epoch', math.max(1, highest + 1), 'revision', 0, 'server', incarnation, 'spent_through', 0, 'forgot_at', 0,
    'cut_epoch', 0, 'cut_revision', 0, 'holds', 0)
  h = { made, tostring(math.max(1, highest + 1)), '0', incarnation, '0' }
else
  local e, r = int(h[2], 'epoch'), int(h[3], 'revision')
  local other = ARGV[3] ~= '' and ARGV[3] ~= h[1]
  local behind = ARGV[3] == h[1] and older(e, r, tonumber(ARGV[4]), tonumber(ARGV[5]))
  local restarted = h[4] ~= incarnation
  lost = other or behind or restarted or not complete
  spent_lost = not complete or (ARGV[7] ~= '' and (ARGV[7] ~= h[1] or older(e, r, tonumber(ARGV[8]), tonumber(ARGV[9]))))
  if lost then
    local epoch = math.max((restarted or not complete) and e + 1 or e, highest + 1)
    if epoch ~= e then redis.call('HSET', HEAD, 'epoch', epoch) end
    redis.call('HSET', HEAD, 'server', incarnation)
    h[2] = string.format('%.0f', epoch)
  end
end
redis.call('ZADD', P .. 'tokens', 'NX', '+inf', '')
redis.call('ZADD', P .. 'spent', 'NX', '+inf', '')
if spent_lost and tonumber(ARGV[10]) > int(h[5], 'forgot_at') then redis.call('HSET', HEAD, 'forgot_at', ARGV[10]) end
EPOCH, REVISION = int(h[2], 'epoch'), int(h[3], 'revision')
if lost then feed('epoch', incarnation) end
return { 'joined', h[1], EPOCH, REVISION, lost and 1 or 0 }
`,
)

/** 4 this node's digest where it is one of them, 5 the digests that must have marked -> which of them have not. Marks this node itself. An operator's override marks for all. */
export const GATE = scriptOf(
  BASE,
  `
fence()
open()
local epoch = string.format('%.0f', EPOCH)
local mine = ARGV[4] ~= '' and 'gate:' .. ARGV[4]
if mine and redis.call('HGET', HEAD, mine) ~= epoch then redis.call('HSET', HEAD, mine, epoch) end
if redis.call('HGET', HEAD, 'gate:*') == epoch then return {} end
local missing = {}
for _, control in ipairs(words(ARGV[5])) do
  if redis.call('HGET', HEAD, 'gate:' .. control) ~= epoch then missing[#missing + 1] = control end
end
return missing
`,
)

/** 4 by, 5 at (ms): opens the gate for this epoch, whoever is missing. */
export const OVERRIDE_GATE = scriptOf(
  BASE,
  `
fence()
open()
redis.call('HSET', HEAD, 'gate:*', string.format('%.0f', EPOCH), 'gate_by', ARGV[4], 'gate_at_ms', ARGV[5])
feed('override', ARGV[4])
return { EPOCH, REVISION }
`,
)
