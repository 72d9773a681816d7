-- The nodes heard from lately.
--
-- KEYS 1 nodes (hash: node id -> `<seen at, ms> <up|gone> <record>`)
-- ARGV 1 liveness bound, ms
-- Returns the records, JSON

local now = redis.call('TIME')
local since = now[1] * 1000 + math.floor(now[2] / 1000) - tonumber(ARGV[1])
local live = {}
for _, value in ipairs(redis.call('HVALS', KEYS[1])) do
  local seen, record = string.match(value, '^(%d+) up (.*)$')
  if seen and tonumber(seen) >= since then live[#live + 1] = record end
end
return live
