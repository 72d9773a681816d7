-- A node says that it lives.
--
-- KEYS 1 nodes (hash: node id -> `<seen at, ms> <up|gone> <record>`)
-- ARGV 1 node id   2 record, JSON
-- Returns 1 when the node was known, 0 when it was not or was being swept

local old = redis.call('HGET', KEYS[1], ARGV[1])
local now = redis.call('TIME')
local seen = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000))
redis.call('HSET', KEYS[1], ARGV[1], seen .. ' up ' .. ARGV[2])
if old and string.find(old, '^%d+ up ') then return 1 end
return 0
