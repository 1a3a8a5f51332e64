// How much a revocation would end. Comes after `BASE` and `STANDING`; writes nothing, and costs a read of every task of the scope.

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
