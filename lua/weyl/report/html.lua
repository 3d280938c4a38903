-- report/html.lua: a page of HTML that needs no other file: sections, pictures
-- within it, and the style.

local tables = require "weyl.tables"

local html = {}

html.escape = tables.escape

local STYLE = [[
body { font: 16px/1.5 system-ui, sans-serif; color: #222; background: #fff;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: #555; padding-bottom: .4rem; }
th, td { padding: .2rem .8rem; text-align: right; vertical-align: top;
  border-bottom: 1px solid #ddd; white-space: nowrap; }
th { border-bottom: 2px solid #888; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
.values td { text-align: left; white-space: normal; overflow-wrap: anywhere; }
.values td:first-child { white-space: nowrap; color: #555; }
figure { margin: 1rem 0; } figure svg, figure img { max-width: 100%;
  height: auto; }
pre { background: #f5f5f5; padding: 1rem; overflow-x: auto;
  font-size: .85rem; }
.bad { color: #a40000; }
]]

---A page.
---@param title string
---@param parts string[] of HTML
---@return string
function html.page(title, parts)
  title = html.escape(title)
  return ("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\""
    .. ">\n<meta name=\"viewport\" content=\"width=device-width, "
    .. "initial-scale=1\">\n<title>%s</title>\n<style>\n%s</style>\n</head>\n"
    .. "<body>\n<h1>%s</h1>\n%s</body>\n</html>\n"):format(title, STYLE, title,
    table.concat(parts))
end

---A heading with what belongs to it; nothing when that is empty.
---@param title string
---@param body string? HTML
---@return string
function html.section(title, body)
  if not body or body == "" then return "" end
  return ("<h2>%s</h2>\n%s"):format(html.escape(title), body)
end

---A table that can be wider than the page.
---@param t weyl.table?
---@return string
function html.table(t)
  return t and "<div class=\"wide\">\n" .. t:html() .. "</div>\n" or ""
end

---Names with values, a row for each.
---@param rows string[][]
---@return string
function html.values(rows)
  local lines = {}
  for i, row in ipairs(rows) do
    lines[i] = ("<tr><td>%s</td><td>%s</td></tr>\n"):format(
      html.escape(row[1]), html.escape(row[2]))
  end
  return #lines > 0 and "<table class=\"values\">\n" .. table.concat(lines)
    .. "</table>\n" or ""
end

---Text that is shown as it is, once it is asked for.
---@param summary string
---@param text string
---@return string
function html.details(summary, text)
  return ("<details><summary>%s</summary>\n<pre>%s</pre>\n</details>\n"):format(
    html.escape(summary), (text:gsub("[^\n\t]+", html.escape)))
end

-- ---- pictures ----

---A figure within the page. gnuplot gives the same ids in every picture; here
---they begin with the figure's own name.
---@param name string of letters and digits, one for each figure of a page
---@param figure weyl.plot.figure
---@return string
function html.figure(name, figure)
  local svg = figure:svg():match "<svg.*$":gsub("<[^>]*>", function(tag)
    return (tag:gsub("(%sid=['\"])", "%1" .. name .. "-")
      :gsub("(href=['\"]#)", "%1" .. name .. "-")
      :gsub("(url%(['\"]?#)", "%1" .. name .. "-"))
  end)
  svg = svg:gsub("<title>.-</title>\n?", "", 1)
    :gsub("<desc>.-</desc>\n?", "", 1)
  return ("<figure id=\"%s\">\n%s</figure>\n"):format(name, svg)
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  .. "+/"

-- RFC 4648, section 4.
local function base64(bytes)
  local text = bytes:gsub("..?.?", function(group)
    local a, b, c = group:byte(1, 3)
    local n, out = a << 16 | (b or 0) << 8 | (c or 0), {}
    for i = 1, #group + 1 do
      local digit = n >> 24 - 6 * i & 63
      out[i] = DIGITS:sub(digit + 1, digit + 1)
    end
    return table.concat(out) .. ("="):rep(3 - #group)
  end)
  return text
end

local KINDS = { png = "image/png", svg = "image/svg+xml" }

---A picture's file within the page; "" for one that a page cannot show.
---@param path string
---@param bytes string what is in it
---@return string
function html.image(path, bytes)
  local kind = KINDS[path:match "%.(%w+)$"]
  return kind and ("<figure>\n<img alt=\"%s\" src=\"data:%s;base64,%s\">\n"
    .. "</figure>\n"):format(html.escape(path), kind, base64(bytes)) or ""
end

return html
