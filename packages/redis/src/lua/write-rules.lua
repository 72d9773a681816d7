-- Changes the rules, all or none; beyond the bound those written longest ago go.
--
-- KEYS 1 rulebook (hash: rule -> `<write> <text>`, and '' -> `<epoch> <write>`)
-- ARGV 1 1 to write only into a book that does not exist, else 0   2 an epoch for a new book   3 bound
--      then for each rule: name, 1 to keep it or 0 to take it out, text
-- Returns 1 when it was written

local head = redis.call('HGET', KEYS[1], '')
if head and ARGV[1] == '1' then return 0 end
local epoch, write = ARGV[2], 0
if head then epoch, write = string.match(head, '^(%S+) (%d+)$') end
write = string.format('%d', tonumber(write) + 1)
for at = 4, #ARGV, 3 do
  if ARGV[at + 1] == '1' then
    redis.call('HSET', KEYS[1], ARGV[at], write .. ' ' .. ARGV[at + 2])
  else
    redis.call('HDEL', KEYS[1], ARGV[at])
  end
end
redis.call('HSET', KEYS[1], '', epoch .. ' ' .. write)
local over = redis.call('HLEN', KEYS[1]) - 1 - tonumber(ARGV[3])
if over > 0 then
  local all = redis.call('HGETALL', KEYS[1])
  local rules = {}
  for at = 1, #all, 2 do
    if all[at] ~= '' then rules[#rules + 1] = { all[at], tonumber(string.match(all[at + 1], '^%d+')) } end
  end
  table.sort(rules, function(one, other) return one[2] < other[2] end)
  for at = 1, over do redis.call('HDEL', KEYS[1], rules[at][1]) end
end
return 1
