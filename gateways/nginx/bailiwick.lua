-- Asks Bailiwick about this request, body included, and does what it says. Every way out of here that is not a clear allow is a denial.

local function refuse(status, reason)
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print('{"type":"about:blank","title":"Refused by the gateway","status":' .. status .. ',"reason":"' .. reason .. '"}')
  return ngx.exit(ngx.HTTP_OK)
end

-- Copied to the client of a denial, nothing else.
local SHOWN = { "content-type", "cache-control", "www-authenticate", "x-bailiwick-decision", "x-bailiwick-reason", "allow", "request-id", "x-amzn-errortype" }
local IDENTITY = { "x-bailiwick-subject", "x-bailiwick-actor", "x-bailiwick-task", "x-bailiwick-resource", "x-bailiwick-decision" }

ngx.req.read_body()
local body = ngx.req.get_body_data()
if body == nil and ngx.req.get_body_file() ~= nil then
  return refuse(413, "body_unreadable")
end

local answer = ngx.location.capture("/_bailiwick/" .. ngx.var.bailiwick_resource, {
  method = ngx.HTTP_POST,
  body = body or "",
})
if answer.truncated then
  return refuse(403, "state_unavailable")
end

-- Names as they were sent; a repeated one is a table, and is none.
local reply = {}
for name, value in pairs(answer.header) do
  reply[name:lower()] = value
end
local function one(name)
  local value = reply[name]
  if type(value) == "string" and value ~= "" then return value end
  return nil
end

if answer.status >= 400 and answer.status < 500 then
  ngx.status = answer.status
  for _, name in ipairs(SHOWN) do
    ngx.header[name] = one(name)
  end
  ngx.print(answer.body)
  return ngx.exit(ngx.HTTP_OK)
end
-- Not even an allow without the decision it came from.
if answer.status ~= 200 or one("x-bailiwick-decision") == nil then
  return refuse(403, "state_unavailable")
end

for name in pairs(ngx.req.get_headers(0, true)) do
  if name:lower():gsub("_", "-"):sub(1, 12) == "x-bailiwick-" then
    ngx.req.clear_header(name)
  end
end
for _, name in ipairs(IDENTITY) do
  local value = one(name)
  if value ~= nil then
    ngx.req.set_header(name, value)
  end
end
for name in (one("x-bailiwick-remove") or ""):gmatch("[^,]+") do
  ngx.req.clear_header(name)
end
