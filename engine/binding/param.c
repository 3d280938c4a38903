/*
** param.c: parameters in Lua: weyl.param(t), p:set(t), p:value().
**
** A parameter is used like a tensor everywhere; it reads its value when used.
*/
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"

static weyl_param *check(lua_State *L, const char *func) {
  weyl_param *p = wl_toparam(L, 1);
  if (p == NULL) wl_badarg(L, 1, func, "p", "a parameter");
  return p;
}

static int make(lua_State *L) {
  T *t = wl_checktensor(L, 1, "param", "value");
  if (!weyl_is_float(t->dtype))
    return wl_badarg(L, 1, "param", "value", "of a floating-point dtype");
  wl_eval(L, 1, &t);
  weyl_param **slot = wl_newparam(L);
  *slot = weyl_param_new(t);
  return *slot != NULL ? 1 : wl_error(L);
}

static int set(lua_State *L) {
  weyl_param *p = check(L, "set");
  T *t = wl_checktensor(L, 2, "set", "value");
  wl_eval(L, 1, &t);
  if (weyl_param_set(p, t) != WEYL_OK) return wl_error(L);
  lua_settop(L, 1);
  return 1;
}

/* A copy of the current value, which later changes leave alone. */
static int value(lua_State *L) {
  const T *leaf = check(L, "value")->leaf;
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(leaf->dtype, leaf->rank, leaf->dims);
  if (*slot == NULL) return wl_error(L);
  memcpy((*slot)->data, leaf->data,
         (size_t)leaf->size * weyl_dtype_size(leaf->dtype));
  return 1;
}

static int version(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)check(L, "version")->version);
  return 1;
}

static int is_param(lua_State *L) {
  lua_pushboolean(L, wl_toparam(L, 1) != NULL);
  return 1;
}

static int is_tensor(lua_State *L) {
  lua_pushboolean(L, wl_totensor(L, 1) != NULL);
  return 1;
}

static const luaL_Reg functions[] = {
    {"param", make}, {"is_param", is_param}, {"is_tensor", is_tensor},
    {NULL, NULL}};
static const luaL_Reg methods[] = {
    {"set", set}, {"value", value}, {"version", version}, {NULL, NULL}};

void wl_open_param(lua_State *L) {
  luaL_setfuncs(L, functions, 0);
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 1);
}
