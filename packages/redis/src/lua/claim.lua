-- Gives out receipts that are due, and to nobody else for a while.
--
-- KEYS 1 receipts (sorted set: `[why, channel, subject, version]` -> due at, ms)
-- ARGV 1 at most so many   2 lease, ms
-- Returns the receipts

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
for _, receipt in ipairs(due) do redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), receipt) end
return due
