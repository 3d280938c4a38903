/*
** tree.c: trees of tensors; see internal.h for their order.
*/
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"
#include "exec/exec.h"

enum { DEEP = 60 }; /* nesting; deeper is taken for a cycle */

static int is_leaf(lua_State *L, int idx, int what) {
  if (lua_type(L, idx) != LUA_TUSERDATA) return 0;
  if (what & WL_PARAMS && wl_toparam(L, idx) != NULL) return 1;
  T **t = what & WL_TENSORS ? wl_tensorslot(L, idx) : NULL;
  return t != NULL && *t != NULL;
}

/* A key of a table: a string, or an integer when name is NULL. */
typedef struct key {
  lua_Integer i;
  const char *name;
} key;

/* Integers ascend, then strings by their bytes. */
static int by_key(const void *x, const void *y) {
  const key *a = x, *b = y;
  if (a->name != NULL && b->name != NULL) return strcmp(a->name, b->name);
  if (a->name != NULL || b->name != NULL) return a->name != NULL ? 1 : -1;
  return (a->i > b->i) - (a->i < b->i);
}

/* Keys of a table: in `few`, or in a block that Lua frees. */
enum { FEW = 32 };
typedef struct keys {
  int n;
  key *at, few[FEW];
} keys;

/* The next key whose value may hold leaves; 0 at the end. */
static int next_key(lua_State *L, int idx, key *k) {
  while (lua_next(L, idx)) {
    int type = lua_type(L, -1);
    lua_pop(L, 1);
    if (type != LUA_TTABLE && type != LUA_TUSERDATA) continue;
    int string = lua_type(L, -1) == LUA_TSTRING;
    if (!string && !lua_isinteger(L, -1)) continue;
    k->name = string ? lua_tostring(L, -1) : NULL;
    k->i = string ? 0 : lua_tointeger(L, -1);
    return 1;
  }
  return 0;
}

/* Lists the keys in order; the table keeps them alive. Pushes one value. */
static void sorted_keys(lua_State *L, int idx, keys *k) {
  key next;
  int n = 0;
  k->at = k->few;
  lua_pushnil(L);
  while (next_key(L, idx, &next)) {
    if (n < FEW) k->few[n] = next;
    n++;
  }
  k->n = n;
  if (n <= FEW) {
    lua_pushnil(L);
  } else {
    k->at = lua_newuserdatauv(L, (size_t)n * sizeof *k->at, 0);
    lua_pushnil(L);
    k->n = 0; /* a finalizer may have taken keys away */
    while (k->n < n && next_key(L, idx, &k->at[k->n])) k->n++;
    if (k->n == n) lua_pop(L, 1);
  }
  qsort(k->at, (size_t)k->n, sizeof *k->at, by_key);
}

static void push_key(lua_State *L, const key *k) {
  if (k->name != NULL) lua_pushstring(L, k->name);
  else lua_pushinteger(L, k->i);
}

static void too_deep(lua_State *L, int depth) {
  if (depth < DEEP) {
    luaL_checkstack(L, 8, "tree");
    return;
  }
  lua_pushfstring(L, "tree: tables are nested deeper than %d levels; does "
                     "one contain itself?", DEEP);
  wl_raise(L);
}

static void walk(lua_State *L, int what, int depth, wl_visit visit,
                 void *arg) {
  int idx = lua_gettop(L);
  if (is_leaf(L, idx, what)) {
    visit(L, arg);
    return;
  }
  if (!lua_istable(L, idx)) return;
  too_deep(L, depth);
  keys k;
  sorted_keys(L, idx, &k);
  for (int i = 0; i < k.n; i++) {
    push_key(L, &k.at[i]);
    lua_rawget(L, idx);
    walk(L, what, depth + 1, visit, arg);
    lua_settop(L, idx + 1);
  }
  lua_settop(L, idx);
}

void wl_tree_walk(lua_State *L, int idx, int what, wl_visit visit,
                  void *arg) {
  lua_pushvalue(L, idx);
  walk(L, what, 0, visit, arg);
  lua_pop(L, 1);
}

typedef struct copier {
  int what, only;
  wl_make make;
  void *arg;
} copier;

static void copy(lua_State *L, const copier *c, int depth);

/* Copies the entries that may hold leaves from the table at from. */
static void copy_entries(lua_State *L, const copier *c, int from, int to,
                         int depth) {
  keys k;
  sorted_keys(L, from, &k);
  for (int i = 0; i < k.n; i++) {
    push_key(L, &k.at[i]);
    lua_pushvalue(L, -1);
    lua_rawget(L, from);
    copy(L, c, depth + 1);
    lua_remove(L, -2); /* the original, below its copy */
    lua_rawset(L, to);
  }
  lua_settop(L, to);
}

/* Pushes the copy of the value on top of the stack. */
static void copy(lua_State *L, const copier *c, int depth) {
  int from = lua_gettop(L);
  if (is_leaf(L, from, c->what)) {
    c->make(L, c->arg);
    return;
  }
  if (!lua_istable(L, from)) {
    if (c->only) lua_pushnil(L);
    else lua_pushvalue(L, from);
    return;
  }
  too_deep(L, depth);
  lua_newtable(L);
  int to = lua_gettop(L);
  if (!c->only) { /* what holds no leaves, and the metatable, are shared */
    lua_pushnil(L);
    while (lua_next(L, from)) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, to);
    }
    if (lua_getmetatable(L, from)) lua_setmetatable(L, to);
  }
  copy_entries(L, c, from, to, depth);
  lua_pushnil(L);
  if (c->only && depth > 0 && !lua_next(L, to)) {
    lua_pop(L, 1);
    lua_pushnil(L);
    return;
  }
  lua_settop(L, to);
}

void wl_tree_copy(lua_State *L, int idx, int what, int only, wl_make make,
                  void *arg) {
  copier c = {what, only, make, arg};
  lua_pushvalue(L, idx);
  copy(L, &c, 0);
  lua_remove(L, -2);
}

/* ---- weyl.tree and weyl.eval ---- */

static void append(lua_State *L, void *arg) {
  int to = *(int *)arg;
  lua_pushvalue(L, -1);
  lua_rawseti(L, to, (lua_Integer)lua_rawlen(L, to) + 1);
}

/* tree.leaves(tree): its tensors and parameters in order */
static int leaves(lua_State *L) {
  if (lua_isnone(L, 1))
    return wl_badarg(L, 1, "tree.leaves", "tree", "given");
  lua_settop(L, 1);
  lua_newtable(L);
  int to = 2;
  wl_tree_walk(L, 1, WL_TENSORS | WL_PARAMS, append, &to);
  return 1;
}

/* Pushes a list of f's results; `lists` is the first of the lists of leaves. */
static void call_each(lua_State *L, int lists, int ntrees) {
  lua_Integer n = (lua_Integer)lua_rawlen(L, lists);
  luaL_checkstack(L, ntrees + 4, "tree.map");
  lua_newtable(L);
  for (lua_Integer k = 1; k <= n; k++) {
    lua_pushvalue(L, 1);
    for (int i = 0; i < ntrees; i++) lua_rawgeti(L, lists + i, k);
    lua_call(L, ntrees, 1);
    lua_rawseti(L, -2, k);
  }
}

typedef struct mapping {
  int results; /* stack index */
  lua_Integer at;
} mapping;

static void next_result(lua_State *L, void *arg) {
  mapping *m = arg;
  lua_rawgeti(L, m->results, ++m->at);
}

/* tree.map(f, tree, ...): f over corresponding leaves. It is called before
** the copy begins: it may change the trees. */
static int map(lua_State *L) {
  int n = lua_gettop(L) - 1;
  if (!lua_isfunction(L, 1))
    return wl_badarg(L, 1, "tree.map", "f", "a function");
  if (n < 1) return wl_badarg(L, 2, "tree.map", "tree", "given");
  for (int i = 0; i < n; i++) {
    lua_newtable(L);
    int to = lua_gettop(L);
    wl_tree_walk(L, 2 + i, WL_TENSORS | WL_PARAMS, append, &to);
    if (lua_rawlen(L, to) == lua_rawlen(L, n + 2)) continue;
    lua_pushfstring(L, "tree.map: tree 1 has %d leaves, tree %d has %d",
                    (int)lua_rawlen(L, n + 2), i + 1,
                    (int)lua_rawlen(L, to));
    return wl_raise(L);
  }
  call_each(L, n + 2, n);
  mapping m = {lua_gettop(L), 0};
  wl_tree_copy(L, 2, WL_TENSORS | WL_PARAMS, 1, next_result, &m);
  return 1;
}

/* weyl.eval(...): computes all tensors of its arguments; returns them */
static int eval(lua_State *L) {
  int n = lua_gettop(L);
  lua_newtable(L);
  int to = n + 1;
  for (int i = 1; i <= n; i++)
    wl_tree_walk(L, i, WL_TENSORS | WL_PARAMS, append, &to);
  int count = (int)lua_rawlen(L, to);
  T **ts = lua_newuserdatauv(L, (size_t)(count + 1) * sizeof *ts, 0);
  for (int i = 0; i < count; i++) {
    lua_rawgeti(L, to, i + 1);
    ts[i] = wl_totensor(L, -1);
    lua_pop(L, 1);
  }
  wl_eval(L, count, ts);
  lua_settop(L, n);
  return n;
}

static const luaL_Reg functions[] = {
    {"leaves", leaves}, {"map", map}, {NULL, NULL}};
static const luaL_Reg methods[] = {{"eval", eval}, {NULL, NULL}};

void wl_open_tree(lua_State *L) {
  luaL_newlib(L, functions);
  lua_setfield(L, -2, "tree");
  wl_addmethods(L, methods);
}
