-- A node says how far it knows a stream to have come. Where the store knows less, it has lost what came last: the offsets
-- beyond its top were used already, so the stream begins anew, and whoever followed it is told.
--
-- KEYS 1 meta   2 stream
-- ARGV 1 epoch   2 offset   3 the epoch to begin   4 meta ttl, ms
-- Returns 1 begun anew, 0 nothing is missing

local meta = redis.call('HMGET', KEYS[1], 'e', 'o')
if meta[1] ~= ARGV[1] or tonumber(meta[2]) >= tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'e', ARGV[3], 'o', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
