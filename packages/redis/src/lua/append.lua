-- One append: de-duplicates, checks the version, takes the next offset, stores, and tells the holders.
--
-- KEYS 1 meta (hash: e epoch, o top offset, r the server's run that began the epoch or appended last)
--      2 stream (entry id `<offset>-0`; fields d data, i info, t tags)
--      3 holders (hash: node id -> joined at)
--      4 event id (string `<epoch>:<offset>`); the meta key again where there is no event id
--      5 version of the subject (string `<number>:<epoch>`); the meta key again where there is no version
-- ARGV 1 an epoch to use if the stream has none   2 history size   3 history ttl, ms   4 meta ttl, ms
--      5 data   6 info or ""   7 tags or ""
--      8 ms to remember the event id, 0 without   9 version number or ""   10 version epoch   11 ms to remember it
--      12 "1" if the version must be the last one's successor
--      13 the server's run id, "" if it is not known
--      14 what to do with a stream of an earlier run: "go on", "wait", or "renew" to begin a new epoch
-- Returns { 1 appended, epoch, offset, holders }
--         { 2 duplicate, epoch, offset, holders, fields of the stored entry, none if it is gone }
--         { 3 stale, epoch, top offset }
--         { 4 early, epoch, top offset }
--         { 5 unsettled: the server has begun a new run, and may have lost what came last }

local meta = redis.call('HMGET', KEYS[1], 'e', 'o', 'r')
local epoch, top = meta[1], tonumber(meta[2] or '0')
local dedup = tonumber(ARGV[8])
if epoch and ARGV[13] ~= '' and meta[3] ~= ARGV[13] then
  if ARGV[14] == 'wait' then return { 5 } end
  if ARGV[14] == 'renew' then epoch = nil end
end

-- An id from another epoch names a position that nobody can be at any more: the event is appended anew.
if epoch and dedup > 0 then
  local seen = redis.call('GET', KEYS[4])
  if seen then
    local split = string.find(seen, ':', 1, true)
    if string.sub(seen, 1, split - 1) == epoch then
      local offset = string.sub(seen, split + 1)
      local fields = {}
      if offset ~= '0' then
        local found = redis.call('XRANGE', KEYS[2], offset .. '-0', offset .. '-0')
        if found[1] then fields = found[1][2] end
      end
      return { 2, epoch, tonumber(offset), redis.call('HKEYS', KEYS[3]), fields }
    end
  end
end

if not epoch then
  epoch = ARGV[1]
  top = 0
  redis.call('DEL', KEYS[2])
  redis.call('HSET', KEYS[1], 'e', epoch, 'o', 0)
end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
if ARGV[13] ~= '' and meta[3] ~= ARGV[13] then redis.call('HSET', KEYS[1], 'r', ARGV[13]) end

if ARGV[9] ~= '' then
  local last, stored = 0, redis.call('GET', KEYS[5])
  if stored then
    local split = string.find(stored, ':', 1, true)
    if string.sub(stored, split + 1) == ARGV[10] then last = tonumber(string.sub(stored, 1, split - 1)) end
  end
  local number = tonumber(ARGV[9])
  if last > 0 and number <= last then return { 3, epoch, top } end
  if ARGV[12] == '1' and number > last + 1 then return { 4, epoch, top } end
end

-- What can fail comes first: a script that breaks off keeps what it has written, and must not have used up offset or version.
local offset = 0
if tonumber(ARGV[2]) > 0 then
  offset = top + 1
  local id = string.format('%.0f-0', offset)
  local entry = { 'XADD', KEYS[2], 'MAXLEN', '=', ARGV[2], id, 'd', ARGV[5] }
  if ARGV[6] ~= '' then
    entry[#entry + 1] = 'i'
    entry[#entry + 1] = ARGV[6]
  end
  if ARGV[7] ~= '' then
    entry[#entry + 1] = 't'
    entry[#entry + 1] = ARGV[7]
  end
  redis.call(unpack(entry))
  redis.call('HSET', KEYS[1], 'o', string.format('%.0f', offset))
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
end
if ARGV[9] ~= '' then redis.call('SET', KEYS[5], ARGV[9] .. ':' .. ARGV[10], 'PX', ARGV[11]) end
if dedup > 0 then redis.call('SET', KEYS[4], string.format('%s:%.0f', epoch, offset), 'PX', ARGV[8]) end

return { 1, epoch, offset, redis.call('HKEYS', KEYS[3]) }
