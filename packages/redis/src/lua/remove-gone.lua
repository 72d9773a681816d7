-- Removes a node's entry, unless it has come back.
--
-- KEYS 1 nodes (hash: node id -> `<seen at, ms> <up|gone> <record>`)
-- ARGV 1 node id
-- Returns 1 removed, 0 it was not there or is back

local value = redis.call('HGET', KEYS[1], ARGV[1])
if value and string.find(value, '^%d+ gone ') then return redis.call('HDEL', KEYS[1], ARGV[1]) end
return 0
