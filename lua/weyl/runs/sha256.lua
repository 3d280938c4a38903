-- runs/sha256.lua: SHA-256 (FIPS 180-4), to tell one script from another in a
-- way that `sha256sum` can check.

local MASK = 0xffffffff

-- Bits of the fractional parts of the square roots (the state at first) and
-- cube roots (the constants of the rounds) of the first primes. A double has
-- 52 of them, of which at most 3 stand before the point: 32 are exact.
local function fraction(x) return math.floor((x % 1) * 2 ^ 32) end

local first, constants = {}, {}
do
  local n = 2
  while #constants < 64 do
    local prime = true
    for d = 2, math.floor(math.sqrt(n)) do prime = prime and n % d ~= 0 end
    if prime then
      if #first < 8 then first[#first + 1] = fraction(math.sqrt(n)) end
      constants[#constants + 1] = fraction(n ^ (1 / 3))
    end
    n = n + 1
  end
end

local function rotate(x, n) return (x >> n | x << (32 - n)) & MASK end

-- The 64 words of a block of 16.
local function schedule(block, at)
  local w = { (">" .. ("I4"):rep(16)):unpack(block, at) }
  for t = 17, 64 do
    local a, b = w[t - 15], w[t - 2]
    local s0 = rotate(a, 7) ~ rotate(a, 18) ~ a >> 3
    local s1 = rotate(b, 17) ~ rotate(b, 19) ~ b >> 10
    w[t] = w[t - 16] + s0 + w[t - 7] + s1 & MASK
  end
  return w
end

-- The state after a block.
local function compress(state, block, at)
  local w = schedule(block, at)
  local a, b, c, d, e, f, g, h = table.unpack(state)
  for t = 1, 64 do
    local s1 = rotate(e, 6) ~ rotate(e, 11) ~ rotate(e, 25)
    local choice = e & f ~ ~e & MASK & g
    local t1 = h + s1 + choice + constants[t] + w[t]
    local s0 = rotate(a, 2) ~ rotate(a, 13) ~ rotate(a, 22)
    local t2 = s0 + (a & b ~ a & c ~ b & c)
    h, g, f, e, d, c, b, a = g, f, e, d + t1 & MASK, c, b, a, t1 + t2 & MASK
  end
  local out = { a, b, c, d, e, f, g, h }
  for i = 1, 8 do out[i] = out[i] + state[i] & MASK end
  return out
end

---@param text string
---@return string digest 64 hexadecimal digits
return function(text)
  local padded = text .. "\128" .. ("\0"):rep((55 - #text) % 64)
    .. (">I8"):pack(#text * 8)
  local state = first
  for at = 1, #padded, 64 do state = compress(state, padded, at) end
  return (("%08x"):rep(8):format(table.unpack(state)))
end
