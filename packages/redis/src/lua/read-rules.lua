-- The rules, unless they are of the version that is known.
--
-- KEYS 1 rulebook (hash: rule -> `<write> <text>`, and '' -> `<epoch> <write>`)
-- ARGV 1 the known version, or '?'
-- Returns nothing when that is the version, else the version ('' for no book), then name and text of each rule

local version = redis.call('HGET', KEYS[1], '') or ''
if version == ARGV[1] then return {} end
local answer = { version }
local all = redis.call('HGETALL', KEYS[1])
for at = 1, #all, 2 do
  if all[at] ~= '' then
    answer[#answer + 1] = all[at]
    answer[#answer + 1] = string.match(all[at + 1], '^%d+ (.*)$')
  end
end
return answer
