--[[
  Takes one step of an order: state, lists and outbox entry in one go.

  KEYS[1] the order (hash)        KEYS[2] the customer's orders (zset by birth)
  KEYS[3] customers (zset by latest step)
  KEYS[4] the outbox (stream)     KEYS[5] the counter behind both scores
  KEYS[6] what is known of customers (hash: name:<id>, segment:<id>)
  ARGV: 1 order id     2 customer id, or "" for an order that must exist
        3 status       4 stations it may follow, as ",a,b,"
        5 version, or "" for the last plus one
        6 at           7 reason, or ""     8 token     9 items (JSON)
        10 max outbox  11 orders per customer  12 max customers  13 key prefix
        14 the customer's name, or ""  15 segment, or ""

  Keys of orders that are forgotten are built from the prefix; its hash tag keeps them in this slot.
  Returns { kind, the order's fields… }; kinds as in order-store.ts.
]]
local orderKey, mineKey, customersKey, outboxKey, counterKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local orderId, customerId, status, from = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local at, reason, token = ARGV[6], ARGV[7], ARGV[8]
local prefix = ARGV[13]
local peopleKey, name, segment = KEYS[6], ARGV[14], ARGV[15]

local function answer(kind)
  local reply = redis.call("HGETALL", orderKey)
  table.insert(reply, 1, kind)
  return reply
end

local known = redis.call("HMGET", orderKey, "customerId", "status", "version")
local isNew = not known[1]
if isNew and customerId == "" then return { "unknown" } end
if not isNew and customerId ~= "" and known[1] ~= customerId then return { "taken" } end
local owner = known[1] or customerId
if redis.call("HEXISTS", orderKey, "token:" .. token) == 1 then return answer("repeated") end

local last = tonumber(known[3] or 0)
local version = tonumber(ARGV[5]) or last + 1
local station = known[2] or "new"
if version <= last or not string.find(from, "," .. station .. ",", 1, true) then return answer("illegal") end
if redis.call("XLEN", outboxKey) >= tonumber(ARGV[10]) then return { "full" } end

local function forget(id)
  redis.call("DEL", prefix .. "order:" .. id)
end

local function isFinished(id)
  local state = redis.call("HGET", prefix .. "order:" .. id, "status")
  return not state or state == "delivered" or state == "cancelled"
end

local function forgetOne(listKey)
  local ids = redis.call("ZRANGE", listKey, 0, -1)
  local victim = ids[1]
  for _, id in ipairs(ids) do
    if id ~= orderId and isFinished(id) then
      victim = id
      break
    end
  end
  forget(victim)
  redis.call("ZREM", listKey, victim)
end

local score = redis.call("INCR", counterKey)
redis.call("ZADD", customersKey, score, owner)
if name ~= "" then redis.call("HSET", peopleKey, "name:" .. owner, name) end
if segment ~= "" then redis.call("HSET", peopleKey, "segment:" .. owner, segment) end
if isNew then
  redis.call("HSET", orderKey, "customerId", owner, "items", ARGV[9])
  redis.call("ZADD", mineKey, score, orderId)
  if redis.call("ZCARD", mineKey) > tonumber(ARGV[11]) then forgetOne(mineKey) end
  if redis.call("ZCARD", customersKey) > tonumber(ARGV[12]) then
    local quiet = redis.call("ZPOPMIN", customersKey)[1]
    for _, id in ipairs(redis.call("ZRANGE", prefix .. "orders:" .. quiet, 0, -1)) do forget(id) end
    redis.call("DEL", prefix .. "orders:" .. quiet)
    redis.call("HDEL", peopleKey, "name:" .. quiet, "segment:" .. quiet)
  end
end
redis.call("HSET", orderKey, "status", status, "version", version, "token:" .. token, version,
  "step:" .. version, cjson.encode({ status = status, at = at, reason = reason ~= "" and reason or nil }))
redis.call("XADD", outboxKey, "*", "kind", "order", "orderId", orderId, "customerId", owner, "status", status,
  "version", version, "at", at, "reason", reason)
return answer("applied")
