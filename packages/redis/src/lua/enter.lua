-- A client is in a channel, or has another info now.
--
-- KEYS 1 present by one node (hash: client -> `<user, JSON>\n<info, JSON>`)
-- ARGV 1 client   2 value   3 at most so many
-- Returns 1 it is there, 0 the node has as many as one may have

if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[3]) and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
