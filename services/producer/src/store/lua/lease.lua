--[[
  Takes, renews or (with 0 ms) gives back a lease.

  KEYS[1] the lease   ARGV: 1 holder  2 for how long, ms
  Returns 1 if the holder has it now (or gave it back), else 0.
]]
local holder = redis.call("GET", KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
if ARGV[2] == "0" then
  redis.call("DEL", KEYS[1])
else
  redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
end
return 1
