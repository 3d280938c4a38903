/*
** module.c: the table that `require "weyl.core"` gives.
**
** Everything C offers to Lua is one flat table; the room `weyl` of the Lua
** layer adds the rest to it.
*/
#include "binding/binding.h"

__attribute__((visibility("default"))) int luaopen_weyl_core(lua_State *L) {
  luaL_checkversion(L);
  lua_newtable(L);
  wl_open_tensor(L);
  wl_open_bytes(L);
  wl_open_functions(L);
  wl_open_transforms(L);
  wl_open_param(L);
  wl_open_system(L);
  wl_open_terminal(L);
  wl_open_optim(L);
  wl_open_symmetry(L);
  wl_open_dist(L);
  wl_open_csv(L);
  wl_open_hdf5(L);
  return 1;
}
