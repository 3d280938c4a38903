-- bytes_of.lua: the size that a header of a file claims.

---How many bytes entries of a shape take; nil when an integer cannot hold it.
---@param shape integer[]
---@param size integer bytes of one entry
---@return integer?
return function(shape, size)
  for _, n in ipairs(shape) do
    if n == 0 then return 0 end
  end
  for _, n in ipairs(shape) do
    if n > math.maxinteger // size then return nil end
    size = size * n
  end
  return size
end
