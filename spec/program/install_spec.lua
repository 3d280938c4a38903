-- install_spec.lua: what `make install` copies works where it lands.
--
-- PREFIX stays the default, so that nothing is compiled again; only the plain
-- build is installed, not one for sanitizers.

local helper = require "spec.helper"
local quote, shell = helper.quote, helper.shell

if helper.program ~= "build/weyl" then return end

describe("make install", function()
  local folder, prefix

  setup(function()
    folder = helper.folder()
    prefix = folder .. "/usr/local"
    local _, err, status = shell("make -s install DESTDIR=" .. quote(folder))
    assert(status == 0, err)
  end)

  teardown(function() helper.remove(folder) end)

  -- What the installed program prints when run from /.
  local function run(code)
    local out, err = shell(("cd / && %s -e %s"):format(
      quote(prefix .. "/bin/weyl"), quote(code)))
    return out .. err
  end

  it("gives a program that finds its Lua files", function()
    assert.equal("f32 [2]\n  1  1\n",
      run "print(require('weyl').ones {2})")
    local path = run "print(package.searchpath('weyl.help', package.path))"
    assert.equal(prefix .. "/share/lua/5.4/weyl/help.lua\n", path)
  end)

  it("gives a module to a stock Lua", function()
    local out, err = shell(("cd / && LUA_PATH=%s LUA_CPATH=%s lua5.4 -e %s")
      :format(
        quote(("%s/share/lua/5.4/?.lua;%s/share/lua/5.4/?/init.lua"):format(
          prefix, prefix)),
        quote(prefix .. "/lib/lua/5.4/?.so"),
        quote "print(require('weyl').arange(3):sum())"))
    assert.equal("", err)
    assert.equal("i64 []  6\n", out)
  end)

  it("gives a library and a header to C programs", function()
    helper.write(folder .. "/t.c", [[
#include <stdio.h>
#include <weyl.h>
int main(void) {
  const float v[3] = {1, 2, 3};
  weyl_tensor *x = weyl_from(WEYL_F32, 1, (int64_t[]){3}, v);
  weyl_tensor *y = weyl_apply("square", 1, &x, 0, NULL);
  const float *d = weyl_data(y);
  if (d != NULL) printf("%g %g %g\n", d[0], d[1], d[2]);
  weyl_release(y);
  weyl_release(x);
  return d == NULL;
}
]])
    local mvec = shell("uname -m"):match "x86_64" and "-lmvec" or ""
    local out, err = shell(("cd %s && gcc -std=c17 -Wall -Werror -o t t.c "
      .. "-Iusr/local/include -Lusr/local/lib -lweyl "
      .. "$(pkg-config --libs openblas) %s -lm -lpthread && ./t"):format(
      quote(folder), mvec))
    assert.equal("", err)
    assert.equal("1 4 9\n", out)
  end)

  it("gives a manual page", function()
    local page = helper.read(prefix .. "/share/man/man1/weyl.1")
    assert.matches("^%.TH WEYL 1", page)
    assert.matches("\n%.SS report\n", page)
  end)

  it("is undone by make uninstall", function()
    local out, err = shell(("make -s uninstall DESTDIR=%s && find %s -type f")
      :format(quote(folder), quote(prefix)))
    assert.equal("", err)
    assert.equal("", out)
  end)
end)

describe("the rockspec", function()
  it("sets variables that the Makefile has, and needs what deps installs",
    function()
      local rock, makefile = {}, helper.read "Makefile"
      assert(loadfile("weyl-scm-1.rockspec", "t", rock))()
      for _, list in ipairs { rock.build.variables,
        rock.build.install_variables } do
        for name in next, list do
          assert.matches("\n" .. name .. " +=", makefile)
        end
      end
      local packages = { lua = "lua5.4", argparse = "lua-argparse",
        ["lua-zlib"] = "lua-zlib", luafilesystem = "lua-filesystem",
        ["luasql-sqlite3"] = "lua-sql-sqlite3" }
      for _, text in ipairs(rock.dependencies) do
        local package = packages[text:match "^%S+"]
        assert.is_truthy(makefile:find(" " .. package, 1, true), text)
      end
      assert.equal(5, #rock.dependencies)
    end)
end)
