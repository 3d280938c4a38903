-- henon.lua: the field of Hénon and Heiles, for the steps of the tutorial.
--
-- A star at (x, y) has the potential energy
--
--   U = (x^2 + y^2) / 2 + x^2 y - y^3 / 3 + tilt x^2 / 2
--
-- in units of the galaxy's own. Without a tilt the field has the symmetries of
-- an equilateral triangle: turns by 120 degrees and the reflection of x. The
-- tilt leaves the reflection alone.

local weyl = require "weyl"

local henon = {}

-- The acceleration, minus the gradient of U: p [n, 2] -> [n, 2].
function henon.field(tilt)
  return function(p)
    local x, y = p:slice(2, 1, 1), p:slice(2, 2, 2)
    return weyl.concat({ -(1 + tilt) * x - 2 * x * y, -y - x ^ 2 + y ^ 2 }, 2)
  end
end

-- Measurements at n random places, with a noise of 0.02.
function henon.part(n, tilt)
  local x = weyl.uniform({ n, 2 }, -1, 1)
  local y = henon.field(tilt)(x) + 0.02 * weyl.normal { n, 2 }
  return { x = x:eval(), y = y:eval() }
end

return henon
