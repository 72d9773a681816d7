-- Watches a receipt from now on, unless it is watched already.
--
-- KEYS 1 receipts (sorted set: `[why, channel, subject, version]` -> due at, ms)
-- ARGV 1 the receipt, JSON   2 due in so many ms   3 at most so many
-- Returns 1 it is watched, 0 there are as many as there may be

if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
local now = redis.call('TIME')
redis.call('ZADD', KEYS[1], now[1] * 1000 + math.floor(now[2] / 1000) + tonumber(ARGV[2]), ARGV[1])
return 1
