--[[
  Puts a promotion into the outbox, once.

  KEYS[1] the mark of this promotion   KEYS[2] the outbox (stream)
  ARGV: 1 max outbox  2 how long the mark is kept, ms  3 id  4 segment  5 title  6 body  7 at
  Returns "added", "repeated" or "full".
]]
if redis.call("EXISTS", KEYS[1]) == 1 then return "repeated" end
if redis.call("XLEN", KEYS[2]) >= tonumber(ARGV[1]) then return "full" end
redis.call("SET", KEYS[1], "1", "PX", ARGV[2])
redis.call("XADD", KEYS[2], "*", "kind", "promo", "id", ARGV[3], "segment", ARGV[4], "title", ARGV[5],
  "body", ARGV[6], "at", ARGV[7])
return "added"
