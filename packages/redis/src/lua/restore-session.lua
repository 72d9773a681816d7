-- Makes a session's hash say exactly this; subscriptions that it already knew keep their time.
--
-- KEYS 1 session (hash: user, node, since, c:<channel> -> since)
-- ARGV 1 user   2 node id   3 since, ms   4 now, ms   5... channel fields
-- Returns 1

local known = {}
local old = redis.call('HGETALL', KEYS[1])
for i = 1, #old, 2 do known[old[i]] = old[i + 1] end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'user', ARGV[1], 'node', ARGV[2], 'since', ARGV[3])
for i = 5, #ARGV do redis.call('HSET', KEYS[1], ARGV[i], known[ARGV[i]] or ARGV[4]) end
return 1
