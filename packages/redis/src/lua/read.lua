-- Reads a range of a stream and its top; with a third key it first registers a holder (a join).
-- A stream without an epoch gets one, so that the position answered stays true.
--
-- KEYS 1 meta   2 stream   3 holders (only to join)
-- ARGV 1 an epoch to use if the stream has none   2 meta ttl, ms
--      3 first id or "-"   4 last id or "+"   5 limit, 0 reads the position alone   6 "1" newest first
--      7 the server's run id, "" if it is not known   8 "renew" if a stream of an earlier run begins a new epoch
--      9 node id (only to join)
-- Returns { epoch, top offset, entries as XRANGE answers them }

if KEYS[3] then
  local now = redis.call('TIME')
  redis.call('HSET', KEYS[3], ARGV[9], string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000)))
end

local meta = redis.call('HMGET', KEYS[1], 'e', 'o', 'r')
local epoch, top = meta[1], tonumber(meta[2] or '0')
if ARGV[8] == 'renew' and ARGV[7] ~= '' and meta[3] ~= ARGV[7] then epoch = nil end
if epoch then
  -- GT: an append may have asked for longer.
  redis.call('PEXPIRE', KEYS[1], ARGV[2], 'GT')
else
  epoch = ARGV[1]
  top = 0
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'e', epoch, 'o', 0)
  if ARGV[7] ~= '' then redis.call('HSET', KEYS[1], 'r', ARGV[7]) end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end

local entries = {}
if ARGV[5] ~= '0' then
  if ARGV[6] == '1' then
    entries = redis.call('XREVRANGE', KEYS[2], ARGV[4], ARGV[3], 'COUNT', ARGV[5])
  else
    entries = redis.call('XRANGE', KEYS[2], ARGV[3], ARGV[4], 'COUNT', ARGV[5])
  end
end
return { epoch, top, entries }
