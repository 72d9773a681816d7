-- Notes a subscription of a session, if the session is known: one that was swept leaves no half hash behind.
--
-- KEYS 1 session (hash)
-- ARGV 1 field of the channel   2 since, ms
-- Returns 1 noted, 0 the session is unknown

if redis.call('HEXISTS', KEYS[1], 'user') == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return 1
