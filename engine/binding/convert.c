/*
** convert.c: tensors from Lua tables and back.
*/
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"

/* ---- from Lua ---- */

typedef struct reader {
  lua_State *L;
  int dtype, rank;
  int64_t dims[WEYL_MAX_RANK];
  char *to; /* next element */
  size_t size;
} reader;

/* The shape of a nested table by its first entries; on top of the stack. */
static void measure(reader *r) {
  lua_State *L = r->L;
  int top = lua_gettop(L);
  while (lua_istable(L, -1)) {
    if (r->rank == WEYL_MAX_RANK) {
      lua_pushfstring(L, "tensor: tables are nested deeper than %d levels",
                      WEYL_MAX_RANK);
      wl_raise(L);
    }
    r->dims[r->rank++] = luaL_len(L, -1);
    luaL_checkstack(L, 3, "tensor");
    if (lua_geti(L, -1, 1) == LUA_TNIL) break;
  }
  if (r->dtype < 0)
    r->dtype = lua_isboolean(L, -1) ? WEYL_BOOL : WEYL_F32;
  lua_settop(L, top);
}

/* The value on top of the stack is no element. */
static void bad_element(const reader *r, int depth) {
  lua_State *L = r->L;
  const char *type = luaL_typename(L, -1);
  if (lua_istable(L, -1))
    lua_pushfstring(L, "tensor: a table where a number was expected, at "
                       "depth %d: the nesting is uneven", depth);
  else
    lua_pushfstring(L, "tensor: an element must be %s, got %s (%s)",
                    r->dtype == WEYL_BOOL ? "a boolean"
                    : r->dtype == WEYL_I64 ? "an integer" : "a number",
                    type, luaL_tolstring(L, -1, NULL));
  wl_raise(L);
}

static void put(reader *r, const void *element) {
  memcpy(r->to, element, r->size);
  r->to += r->size;
}

static void store_integer(reader *r, int depth) {
  int ok;
  int64_t v = lua_tointegerx(r->L, -1, &ok);
  if (!ok || lua_type(r->L, -1) != LUA_TNUMBER) bad_element(r, depth);
  put(r, &v);
}

/* Stores the element on top of the stack. */
static void store(reader *r, int depth) {
  lua_State *L = r->L;
  if (r->dtype == WEYL_I64) {
    store_integer(r, depth);
    return;
  }
  if (lua_type(L, -1) != (r->dtype == WEYL_BOOL ? LUA_TBOOLEAN : LUA_TNUMBER))
    bad_element(r, depth);
  double v[2] = {lua_tonumber(L, -1), 0};
  float single[2] = {(float)v[0], 0};
  char truth = (char)lua_toboolean(L, -1);
  switch (r->dtype) {
    case WEYL_F32: case WEYL_C64: put(r, single); break;
    case WEYL_F64: case WEYL_C128: put(r, v); break;
    default: put(r, &truth);
  }
}

/* Reads the value on top of the stack, which fills dimension depth. */
static void fill(reader *r, int depth) {
  lua_State *L = r->L;
  if (depth == r->rank) {
    store(r, depth);
    return;
  }
  if (!lua_istable(L, -1) || luaL_len(L, -1) != r->dims[depth]) {
    const char *got = lua_istable(L, -1)
                          ? lua_pushfstring(L, "%d", (int)luaL_len(L, -1))
                          : luaL_typename(L, -1);
    lua_pushfstring(L, "tensor: uneven nesting: dimension %d has %d entries "
                       "in one place and %s in another",
                    depth + 1, (int)r->dims[depth], got);
    wl_raise(L);
  }
  luaL_checkstack(L, 3, "tensor");
  for (int64_t i = 1; i <= r->dims[depth]; i++) {
    lua_geti(L, -1, i);
    fill(r, depth + 1);
    lua_pop(L, 1);
  }
}

static int check_dtype(lua_State *L, int idx, const char *func) {
  int dtype = lua_type(L, idx) == LUA_TSTRING
                  ? weyl_dtype_parse(lua_tostring(L, idx)) : -1;
  if (dtype < 0)
    wl_badarg(L, idx, func, "dtype",
              "'f32', 'f64', 'c64', 'c128', 'i64' or 'bool'");
  return dtype;
}

/* weyl.tensor(value [, dtype]) */
static int from_lua(lua_State *L) {
  int dtype = lua_isnoneornil(L, 2) ? -1 : check_dtype(L, 2, "tensor");
  T *t = wl_totensor(L, 1);
  lua_settop(L, 1);
  if (t != NULL) {
    T **slot = wl_newtensor(L);
    B b;
    b_open(&b);
    *slot = b_close(&b, dtype < 0 ? t : b_cast(&b, t, dtype));
    return wl_finish(L, *slot);
  }
  int type = lua_type(L, 1);
  if (type != LUA_TTABLE && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
    return wl_badarg(L, 1, "tensor", "value",
                     "a number, a boolean or a table of them");
  reader r = {.L = L, .dtype = dtype};
  measure(&r);
  r.size = weyl_dtype_size(r.dtype);
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(r.dtype, r.rank, r.dims);
  if (*slot == NULL) return wl_error(L);
  r.to = (*slot)->data;
  lua_pushvalue(L, 1);
  fill(&r, 0);
  lua_pop(L, 1);
  return 1;
}

/* ---- to Lua ---- */

/* Pushes element i; complex ones as a table {re, im}. */
static void push_element(lua_State *L, const T *t, int64_t i) {
  const float *f = t->data;
  const double *d = t->data;
  double re = 0, im = 0;
  switch (t->dtype) {
    case WEYL_F32: lua_pushnumber(L, (double)f[i]); return;
    case WEYL_F64: lua_pushnumber(L, d[i]); return;
    case WEYL_I64: lua_pushinteger(L, ((const int64_t *)t->data)[i]); return;
    case WEYL_BOOL: lua_pushboolean(L, ((const char *)t->data)[i]); return;
    case WEYL_C64: re = f[2 * i], im = f[2 * i + 1]; break;
    default: re = d[2 * i], im = d[2 * i + 1];
  }
  lua_createtable(L, 2, 0);
  lua_pushnumber(L, re);
  lua_rawseti(L, -2, 1);
  lua_pushnumber(L, im);
  lua_rawseti(L, -2, 2);
}

static void push_nested(lua_State *L, const T *t, int depth, int64_t *at) {
  if (depth == t->rank) {
    push_element(L, t, (*at)++);
    return;
  }
  luaL_checkstack(L, 3, "totable");
  lua_createtable(L, (int)t->dims[depth], 0);
  for (int64_t i = 1; i <= t->dims[depth]; i++) {
    push_nested(L, t, depth + 1, at);
    lua_rawseti(L, -2, i);
  }
}

static int totable(lua_State *L) {
  T *t = wl_checktensor(L, 1, "totable", "x");
  wl_eval(L, 1, &t);
  int64_t at = 0;
  push_nested(L, t, 0, &at);
  return 1;
}

/* One number (two when complex) from a tensor of one element. */
static int item(lua_State *L) {
  T *t = wl_checktensor(L, 1, "item", "x");
  if (t->size != 1) return wl_badarg(L, 1, "item", "x", "of one element");
  wl_eval(L, 1, &t);
  push_element(L, t, 0);
  if (!weyl_is_complex(t->dtype)) return 1;
  lua_rawgeti(L, -1, 1);
  lua_rawgeti(L, -2, 2);
  return 2;
}

/* Releases a tensor's storage now; using it afterwards is an error. */
static int release(lua_State *L) {
  T **slot = wl_tensorslot(L, 1);
  if (slot == NULL)
    return wl_badarg(L, 1, "free", "x", "a tensor that is no parameter");
  weyl_release(*slot);
  *slot = NULL;
  return 0;
}

static const luaL_Reg methods[] = {
    {"item", item}, {"totable", totable}, {"free", release}, {NULL, NULL}};

void wl_open_convert(lua_State *L) { /* the module table is on top */
  lua_pushcfunction(L, from_lua);
  lua_setfield(L, -2, "tensor");
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, methods, 0);
  lua_pop(L, 1);
}
