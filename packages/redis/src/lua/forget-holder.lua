-- Removes a node from a channel's holders, and who is there by it, unless it joined at or after a moment.
--
-- KEYS 1 holders (hash: node id -> joined at)   2 present by the node (hash)
-- ARGV 1 node id   2 the moment, ms of the store's clock
-- Returns 1 when the node holds the channel no more, 0 when it has joined since

local joined = redis.call('HGET', KEYS[1], ARGV[1])
if joined and tonumber(joined) >= tonumber(ARGV[2]) then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('UNLINK', KEYS[2])
return 1
