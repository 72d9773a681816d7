-- Marks nodes as gone: the roster names them no more, and one that comes back learns from its announce that it was
-- swept. Nodes that are marked already are answered too, so that another can finish what a sweeper left half done.
--
-- KEYS 1 nodes (hash: node id -> `<seen at, ms> <up|gone> <record>`)
-- ARGV 1 sweep bound, ms   2 at most so many   3 one node id to mark, whenever it was heard from ("" for all that are due)
-- Returns { now in ms, node ids }

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local entries
if ARGV[3] == '' then
  entries = redis.call('HGETALL', KEYS[1])
else
  local value = redis.call('HGET', KEYS[1], ARGV[3])
  entries = value and { ARGV[3], value } or {}
end

local gone = {}
for i = 1, #entries, 2 do
  if #gone >= tonumber(ARGV[2]) then break end
  local seen, state, record = string.match(entries[i + 1], '^(%d+) (%a+) (.*)$')
  if not seen or state == 'gone' or ARGV[3] ~= '' or tonumber(seen) < now - tonumber(ARGV[1]) then
    gone[#gone + 1] = entries[i]
    if state ~= 'gone' then
      redis.call('HSET', KEYS[1], entries[i], string.format('%s gone %s', seen or '0', record or ''))
    end
  end
end
return { string.format('%.0f', now), gone }
