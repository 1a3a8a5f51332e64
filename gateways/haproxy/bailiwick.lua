-- Asks Bailiwick about a request, body included, and does what it says. Every way out of here that is not a clear allow is a denial.
-- In haproxy.cfg: `lua-load bailiwick.lua`, then `http-request lua.bailiwick <resource> <address>` with `option http-buffer-request`.

-- Longer than Bailiwick's own limits.decision (150 ms).
local TIMEOUT_MS = 500
local key = os.getenv("BAILIWICK_GATEWAY_KEY")
if key == nil or key == "" then error("BAILIWICK_GATEWAY_KEY is not set") end

-- Of the hop from the client to here; and what only this file may say to Bailiwick.
local OURS = {
  ["host"] = true, ["connection"] = true, ["content-length"] = true, ["transfer-encoding"] = true, ["keep-alive"] = true, ["te"] = true,
  ["trailer"] = true, ["expect"] = true, ["x-bailiwick-gateway-key"] = true, ["x-original-method"] = true, ["x-original-uri"] = true,
  ["x-forwarded-method"] = true, ["x-forwarded-uri"] = true, ["x-original-url"] = true, ["x-rewrite-url"] = true,
  ["x-original-content-length"] = true, ["x-original-transfer-encoding"] = true,
}
-- Copied to the client of a denial, nothing else.
local SHOWN = { "content-type", "cache-control", "www-authenticate", "x-bailiwick-decision", "x-bailiwick-reason", "allow", "request-id", "x-amzn-errortype" }
local IDENTITY = { "x-bailiwick-subject", "x-bailiwick-actor", "x-bailiwick-task", "x-bailiwick-resource", "x-bailiwick-decision" }

local function refuse(txn, status, reason)
  local body = '{"type":"about:blank","title":"Refused by the gateway","status":' .. status .. ',"reason":"' .. reason .. '"}'
  txn:done(txn:reply({ status = status, headers = { ["content-type"] = { "application/json" }, ["cache-control"] = { "no-store" } }, body = body }))
end

-- HAProxy's lists of values begin at 0, those of its client's answers at 0 or 1.
local function one(headers, name)
  local found, count = nil, 0
  for _, value in pairs((headers or {})[name] or {}) do
    found, count = value, count + 1
  end
  if count == 1 and found ~= "" then return found end
  return nil
end

-- The whole body, or nil. Without a length of the client's own there is no telling whether all of it is here.
local function whole_body(txn, headers)
  if headers["transfer-encoding"] ~= nil then return nil end
  if headers["content-length"] == nil then
    if txn.sf:req_body_len() == 0 then return "" end
    return nil
  end
  local length = tonumber(one(headers, "content-length"))
  local body = txn.sf:req_body() or ""
  if length == nil or length ~= #body then return nil end
  return body
end

core.register_action("bailiwick", { "http-req" }, function(txn, resource, address)
  txn:set_var("txn.bailiwick_allowed", false)
  local headers = txn.http:req_get_headers()
  local body = whole_body(txn, headers)
  if body == nil then return refuse(txn, 413, "body_unreadable") end

  local sent = {
    ["host"] = { address },
    ["x-bailiwick-gateway-key"] = { key },
    ["x-original-method"] = { txn.sf:method() },
    ["x-original-uri"] = { txn.sf:pathq() },
  }
  for name, values in pairs(headers) do
    if not OURS[name] then
      local list = {}
      for _, value in pairs(values) do list[#list + 1] = value end
      sent[name] = list
    end
  end

  local answer = core.httpclient():post({
    url = "http://" .. address .. "/forward-auth/haproxy/" .. resource,
    headers = sent,
    body = body,
    timeout = TIMEOUT_MS,
  })
  local status = answer and answer.status or 0
  if status >= 400 and status < 500 then
    local shown = {}
    for _, name in ipairs(SHOWN) do
      local value = one(answer.headers, name)
      if value ~= nil then shown[name] = { value } end
    end
    return txn:done(txn:reply({ status = status, headers = shown, body = answer.body or "" }))
  end
  -- Not even an allow without the decision it came from.
  if status ~= 200 or one(answer.headers, "x-bailiwick-decision") == nil then return refuse(txn, 403, "state_unavailable") end

  for name in pairs(headers) do
    if name:lower():gsub("_", "-"):sub(1, 12) == "x-bailiwick-" then txn.http:req_del_header(name) end
  end
  for _, name in ipairs(IDENTITY) do
    local value = one(answer.headers, name)
    if value ~= nil then txn.http:req_set_header(name, value) end
  end
  for name in (one(answer.headers, "x-bailiwick-remove") or ""):gmatch("[^,]+") do
    txn.http:req_del_header(name)
  end
  txn:set_var("txn.bailiwick_allowed", true)
end, 2)
