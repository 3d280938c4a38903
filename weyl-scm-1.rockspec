rockspec_format = "3.0"
package = "weyl"
version = "scm-1"

-- `luarocks make` in a checkout; the rock is built from where it is.
source = { url = "git+file://." }

description = {
  summary = "Learning with symmetries that hold approximately",
  detailed = [[
    Tensors, symmetry groups, equivariant and softly equivariant models,
    recorded experiments, sweeps and figures: a Lua module, and a program with
    a prompt. Needs OpenBLAS, LAPACKE and libedit with their headers, a C
    compiler and pkg-config to build, gnuplot to draw.]],
  license = "MIT",
}

dependencies = {
  "lua ~> 5.4",
  "argparse >= 0.7",
  "lua-zlib >= 1.2",
  "luafilesystem >= 1.8",
  "luasql-sqlite3 >= 2.6",
}

build = {
  type = "make",
  variables = { PREFIX = "$(PREFIX)" },
  install_variables = {
    PREFIX = "$(PREFIX)",
    BIN = "$(BINDIR)",
    LUATREE = "$(LUADIR)",
    LUAMOD = "$(LIBDIR)/weyl",
  },
}
