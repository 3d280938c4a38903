/*
** strict.c: reading or assigning a global that does not exist is an error.
**
** Libraries probe and set globals in good faith, so this holds for code
** compiled under registered chunk names only: the script that runs, lines of
** the prompt, -e. Globals that exist cost nothing: only misses come here.
** rawset(_G, name, value) declares one on purpose.
*/
#include "binding/program.h"

/* Upvalue 1 of both metamethods: chunk name -> mode. */
static int strict_mode(lua_State *L, lua_Debug *ar) {
  int mode = -1;
  if (lua_getstack(L, 1, ar) && lua_getinfo(L, "S", ar)) {
    if (lua_getfield(L, lua_upvalueindex(1), ar->source) == LUA_TNUMBER)
      mode = (int)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  return mode;
}

static int read_global(lua_State *L) {
  lua_Debug ar;
  if (strict_mode(L, &ar) >= 0)
    return luaL_error(L, "undefined global '%s'", luaL_tolstring(L, 2, NULL));
  lua_pushnil(L);
  return 1;
}

static int assign_global(lua_State *L) {
  lua_Debug ar;
  int mode = strict_mode(L, &ar);
  if (mode == STRICT_CHUNK || (mode == STRICT_PROMPT && *ar.what != 'm'))
    return luaL_error(L, "assignment to undefined global '%s' (make it local)",
                      luaL_tolstring(L, 2, NULL));
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 0;
}

void wl_strict_open(lua_State *L) {
  lua_pushglobaltable(L);
  lua_createtable(L, 0, 2);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, LUA_REGISTRYINDEX, "weyl.strict");
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, read_global, 1);
  lua_setfield(L, -3, "__index");
  lua_pushcclosure(L, assign_global, 1);
  lua_setfield(L, -2, "__newindex");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
}

void wl_strict_chunk(lua_State *L, const char *name, int mode) {
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.strict");
  lua_pushinteger(L, mode);
  lua_setfield(L, -2, name);
  lua_pop(L, 1);
}
