-- Keeps the first showing of a version.
--
-- KEYS 1 shown (hash: version -> showing, JSON)
-- ARGV 1 version   2 showing   3 to be kept so many ms   4 at most so many versions
-- Returns 1 it is the first, 0 there is one, -1 there are as many versions as there may be

if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 0 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return -1 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
