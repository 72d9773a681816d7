-- Who is in a channel by the nodes that hold it. The keys of the nodes are of the channel's slot too.
--
-- KEYS 1 holders (hash: node id -> joined at)   2 what the nodes' keys begin with
-- ARGV 1 at most so many; -1 counts only
-- Returns { client, value, ... }, or to count { clients, users }

local counting, limit = ARGV[1] == '-1', tonumber(ARGV[1])
local held = redis.call('HKEYS', KEYS[1])
local answer, users, clients, seen = {}, 0, 0, {}
for _, node in ipairs(held) do
  local key = KEYS[2] .. string.gsub(node, '[{}%%]', { ['{'] = '%7B', ['}'] = '%7D', ['%'] = '%25' })
  if counting then
    clients = clients + redis.call('HLEN', key)
    for _, value in ipairs(redis.call('HVALS', key)) do
      local user = string.match(value, '^[^\n]*')
      if not seen[user] then
        seen[user] = true
        users = users + 1
      end
    end
  else
    local entries = redis.call('HGETALL', key)
    for i = 1, #entries, 2 do
      if #answer >= 2 * limit then return answer end
      answer[#answer + 1] = entries[i]
      answer[#answer + 1] = entries[i + 1]
    end
  end
end
if counting then return { clients, users } end
return answer
