/*
** hdf5.c: HDF5 files for Lua: weyl.core.hdf5, on which lua/weyl/data/hdf5.lua
** stands.
**
** What is wrong with a file comes back as nil and a message, so that the Lua
** side can say in which; only memory raises.
*/
#include <string.h>

#include "base/memory.h"
#include "binding/binding.h"
#include "binding/internal.h"
#include "files/hdf5.h"

#define HDF5 "weyl.hdf5"

static weyl_hdf5 *check_file(lua_State *L) {
  weyl_hdf5 **slot = luaL_checkudata(L, 1, HDF5);
  luaL_argcheck(L, *slot != NULL, 1, "it is closed");
  return *slot;
}

/* nil and the engine's message; raises when memory is out. */
static int failure(lua_State *L) {
  if (weyl_error_status() == WEYL_ENOMEM) return wl_error(L);
  lua_pushnil(L);
  lua_pushstring(L, weyl_error_message());
  return 2;
}

/* hdf5(path): an open file; hdf5(): the library's version */
static int hdf5(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    const char *version = weyl_hdf5_version();
    if (version == NULL) return failure(L);
    lua_pushstring(L, version);
    return 1;
  }
  const char *path = luaL_checkstring(L, 1);
  weyl_hdf5 **slot = lua_newuserdatauv(L, sizeof *slot, 0);
  *slot = NULL;
  luaL_setmetatable(L, HDF5);
  *slot = weyl_hdf5_open(path);
  return *slot != NULL ? 1 : failure(L);
}

static int close_file(lua_State *L) {
  weyl_hdf5 **slot = luaL_checkudata(L, 1, HDF5);
  weyl_hdf5_close(*slot);
  *slot = NULL;
  return 0;
}

/* What the walk gathers before Lua, which may raise, hears of it. */
typedef struct entry {
  struct entry *next;
  weyl_hdf5_set set;
  char path[];
} entry;

typedef struct list {
  entry *first, **last;
} list;

static int gather(void *arg, const char *path, const weyl_hdf5_set *set) {
  list *l = arg;
  size_t n = strlen(path) + 1;
  entry *e = weyl_malloc(sizeof *e + n);
  if (e == NULL) return 0;
  e->next = NULL;
  e->set = *set;
  memcpy(e->path, path, n);
  *l->last = e;
  l->last = &e->next;
  return 1;
}

static void free_list(list *l) {
  while (l->first != NULL) {
    entry *e = l->first;
    l->first = e->next;
    weyl_free(e);
  }
}

/* Fields name, shape and dtype (nil when there are no numbers). */
static void push_set(lua_State *L, const char *path,
                     const weyl_hdf5_set *set) {
  lua_createtable(L, 0, 3);
  lua_pushstring(L, path + (path[0] == '/'));
  lua_setfield(L, -2, "name");
  lua_createtable(L, set->rank, 0);
  for (int i = 0; i < set->rank; i++) {
    lua_pushinteger(L, set->dims[i]);
    lua_rawseti(L, -2, i + 1);
  }
  lua_setfield(L, -2, "shape");
  if (set->dtype < 0) return;
  lua_pushstring(L, weyl_dtype_name(set->dtype));
  lua_setfield(L, -2, "dtype");
}

/* A protected call: the list at 1 as a table. */
static int push_list(lua_State *L) {
  list *l = lua_touserdata(L, 1);
  lua_newtable(L);
  lua_Integer i = 1;
  for (entry *e = l->first; e != NULL; e = e->next) {
    push_set(L, e->path, &e->set);
    lua_rawseti(L, -2, i++);
  }
  return 1;
}

/* f:list(): { { name =, shape =, dtype = }, ... } */
static int list_sets(lua_State *L) {
  weyl_hdf5 *f = check_file(L);
  list l = {NULL, &l.first};
  weyl_status status = weyl_hdf5_walk(f, gather, &l);
  if (status != WEYL_OK) {
    free_list(&l);
    return failure(L);
  }
  lua_pushcfunction(L, push_list);
  lua_pushlightuserdata(L, &l);
  int called = lua_pcall(L, 1, 1, 0);
  free_list(&l);
  return called == LUA_OK ? 1 : lua_error(L);
}

/* f:read(name [, first, count]): the rows, all unless given, as a tensor */
static int read_set(lua_State *L) {
  weyl_hdf5 *f = check_file(L);
  const char *path = luaL_checkstring(L, 2);
  weyl_hdf5_set set;
  if (weyl_hdf5_find(f, path, &set) != WEYL_OK) return failure(L);
  int64_t rows = set.rank > 0 ? set.dims[0] : 1, dims[WEYL_MAX_RANK];
  lua_Integer first = luaL_optinteger(L, 3, 1);
  lua_Integer count = luaL_optinteger(L, 4, rows);
  luaL_argcheck(L, first >= 1 && count >= 0 && first - 1 <= rows - count, 3,
                "rows");
  memcpy(dims, set.dims, sizeof dims);
  if (set.rank > 0) dims[0] = count;
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(set.dtype, set.rank, dims);
  if (*slot == NULL) {
    wl_reclaim(L);
    *slot = weyl_leaf(set.dtype, set.rank, dims);
  }
  if (*slot == NULL) return wl_error(L);
  if (weyl_hdf5_read(f, path, &set, first - 1, count, (*slot)->data) !=
      WEYL_OK)
    return failure(L);
  return 1;
}

static const luaL_Reg methods[] = {
    {"list", list_sets}, {"read", read_set}, {"close", close_file},
    {"__gc", close_file}, {"__close", close_file}, {NULL, NULL}};

static const luaL_Reg functions[] = {{"hdf5", hdf5}, {NULL, NULL}};

void wl_open_hdf5(lua_State *L) {
  luaL_newmetatable(L, HDF5);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
