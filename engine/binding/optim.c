/*
** optim.c: optimizers in Lua. optim.lua makes them, with checked options:
**
**   core.optimizer(rule, options)   rule "sgd", "adam" or "adamw"
**   o:step(model, grads)            one step along the gradients
**   o.lr, o.weight_decay ...        read and set
**   o:rates()                       step per unit of gradient
**   o:state(), o:load(state)        moments and step count, as tensors
**
** The parameters of a model and the tensors of its gradients are taken in
** the defined order of trees. The two lists live in the userdata, so that an
** error anywhere leaks nothing; they are borrowed during a call only.
*/
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"
#include "exec/optimizer.h"

static const char optimizer_key; /* registry: the metatable */

typedef struct list {
  void **at; /* weyl_param * or weyl_tensor * */
  size_t n, cap;
} list;

typedef struct handle {
  weyl_optimizer o;
  list params, tensors, seconds;
} handle;

static const char *const rules[] = {"sgd", "adam", "adamw", NULL};

/* ---- fields ---- */

static double *number_field(weyl_optimizer *o, const char *key) {
  struct { const char *name; double *at; } fields[] = {
      {"lr", &o->lr}, {"weight_decay", &o->weight_decay},
      {"momentum", &o->momentum}, {"beta1", &o->beta1},
      {"beta2", &o->beta2}, {"epsilon", &o->epsilon}};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
    if (strcmp(fields[i].name, key) == 0) return fields[i].at;
  return NULL;
}

static handle *check_handle(lua_State *L) {
  handle *h = lua_touserdata(L, 1);
  if (h == NULL || !lua_getmetatable(L, 1))
    wl_badarg(L, 1, "optimizer", "self", "an optimizer (call o:f, not o.f)");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &optimizer_key);
  if (!lua_rawequal(L, -1, -2))
    wl_badarg(L, 1, "optimizer", "self", "an optimizer (call o:f, not o.f)");
  lua_pop(L, 2);
  return h;
}

static int get_field(lua_State *L) {
  handle *h = check_handle(L);
  const char *key = luaL_checkstring(L, 2);
  lua_settop(L, 2);
  if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
  double *at = number_field(&h->o, key);
  if (at != NULL) lua_pushnumber(L, *at);
  else if (strcmp(key, "steps") == 0) lua_pushinteger(L, h->o.steps);
  else if (strcmp(key, "rule") == 0) lua_pushstring(L, rules[h->o.rule]);
  else if (strcmp(key, "nesterov") == 0) lua_pushboolean(L, h->o.nesterov);
  else lua_pushnil(L);
  return 1;
}

static int set_field(lua_State *L) {
  handle *h = check_handle(L);
  const char *key = lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : "";
  double *at = number_field(&h->o, key);
  if (at == NULL || (at == &h->o.momentum && h->o.n > 0)) {
    lua_pushfstring(L, "optimizer: field '%s' cannot be set", key);
    return wl_raise(L);
  }
  if (lua_type(L, 3) != LUA_TNUMBER)
    return wl_badarg(L, 3, "optimizer", key, "a number");
  if (at == &h->o.epsilon && h->o.rule != WEYL_SGD &&
      !(lua_tonumber(L, 3) > 0)) /* 0 / 0 otherwise */
    return wl_badarg(L, 3, "optimizer", key, "a number > 0");
  *at = lua_tonumber(L, 3);
  return 0;
}

static int tostring(lua_State *L) {
  const weyl_optimizer *o = &check_handle(L)->o;
  lua_pushfstring(L, "weyl.optimizer: %s, lr %f, %I steps", rules[o->rule],
                  o->lr, (LUAI_UACINT)o->steps);
  return 1;
}

/* ---- lists ---- */

static void append(lua_State *L, list *l, void *item) {
  if (!weyl_grow(&l->at, &l->cap, l->n + 1, sizeof *l->at)) wl_error(L);
  l->at[l->n++] = item;
}

static void append_param(lua_State *L, void *arg) {
  append(L, arg, wl_toparam(L, -1));
}

static void append_tensor(lua_State *L, void *arg) {
  append(L, arg, wl_totensor(L, -1));
}

static void gather(lua_State *L, int idx, int what, list *l) {
  l->n = 0;
  wl_tree_walk(L, idx, what,
               what == WL_PARAMS ? append_param : append_tensor, l);
}

static T *const *tensors_of(const list *l) { return (T *const *)l->at; }

/* ---- methods ---- */

static int step(lua_State *L) {
  handle *h = check_handle(L);
  list *p = &h->params, *g = &h->tensors;
  if (lua_isnone(L, 3))
    wl_badarg(L, 3, "step", "grads", "a tree of gradients");
  gather(L, 2, WL_PARAMS, p);
  gather(L, 3, WL_TENSORS, g);
  if (p->n == 0)
    return wl_badarg(L, 2, "step", "model", "a parameter or a table with some");
  if (p->n != g->n) {
    lua_pushfstring(L, "step: argument 'grads' must have %d tensors, one per "
                       "parameter of 'model', got %d", (int)p->n, (int)g->n);
    return wl_raise(L);
  }
  wl_eval(L, (int)g->n, tensors_of(g));
  weyl_param *const *params = (weyl_param *const *)p->at;
  weyl_status status =
      weyl_optimizer_step(&h->o, p->n, params, tensors_of(g));
  if (status == WEYL_ENOMEM) {
    wl_reclaim(L);
    status = weyl_optimizer_step(&h->o, p->n, params, tensors_of(g));
  }
  if (status != WEYL_OK) return wl_error(L);
  lua_settop(L, 1);
  return 1;
}

/* Pushes an evaluated copy of t, or the rates of the ith parameter of o. */
static void push_new(lua_State *L, const weyl_optimizer *o, size_t i,
                     const T *t) {
  T **slot = wl_newtensor(L);
  for (int tries = 0; *slot == NULL; tries++) {
    *slot = t == NULL ? weyl_optimizer_rates(o, i)
                      : weyl_leaf(t->dtype, t->rank, t->dims);
    if (*slot == NULL && tries > 0) wl_error(L);
    if (*slot == NULL) wl_reclaim(L);
  }
  if (t != NULL)
    memcpy((*slot)->data, t->data,
           (size_t)t->size * weyl_dtype_size(t->dtype));
}

/* Pushes copies of n moments as a list. */
static void push_copies(lua_State *L, weyl_tensor *const *from, size_t n) {
  lua_createtable(L, (int)n, 0);
  for (size_t i = 0; i < n; i++) {
    push_new(L, NULL, i, from[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
}

/* o:state(): {steps = integer, m = list, v = list}, the rule's moments */
static int state(lua_State *L) {
  const weyl_optimizer *o = &check_handle(L)->o;
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, o->steps);
  lua_setfield(L, -2, "steps");
  if (o->m != NULL) {
    push_copies(L, o->m, o->n);
    lua_setfield(L, -2, "m");
  }
  if (o->v != NULL) {
    push_copies(L, o->v, o->n);
    lua_setfield(L, -2, "v");
  }
  return 1;
}

/* o:rates(): per parameter of the last step, in order, how far one unit of
   gradient moves it: a number, in Adam a tensor with one for every entry */
static int rates(lua_State *L) {
  const weyl_optimizer *o = &check_handle(L)->o;
  lua_createtable(L, (int)o->n, 0);
  for (size_t i = 0; i < o->n; i++) {
    if (o->rule == WEYL_SGD) lua_pushnumber(L, o->lr / (1 - o->momentum));
    else push_new(L, o, i, NULL);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* Reads the list of moments in field `key` of the state at index 2. */
static void gather_moments(lua_State *L, const char *key, list *l) {
  lua_getfield(L, 2, key);
  gather(L, -1, WL_TENSORS, l);
  wl_eval(L, (int)l->n, tensors_of(l));
  lua_pop(L, 1);
}

/* o:load(state): takes up what o:state() gave */
static int load(lua_State *L) {
  handle *h = check_handle(L);
  int kept = weyl_optimizer_moments(&h->o);
  if (!lua_istable(L, 2))
    return wl_badarg(L, 2, "load", "state", "what optimizer:state() gives");
  lua_getfield(L, 2, "steps");
  if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < 0)
    return wl_badarg(L, -1, "load", "state.steps", "an integer >= 0");
  lua_Integer steps = lua_tointeger(L, -1);
  gather_moments(L, "m", &h->tensors);
  gather_moments(L, "v", &h->seconds);
  size_t n = h->tensors.n;
  if ((kept == 0 && n > 0) || (kept > 1 && h->seconds.n != n)) {
    lua_pushfstring(L, "load: the state has %d first and %d second moments; "
                       "'%s' keeps %d per parameter", (int)n,
                    (int)h->seconds.n, rules[h->o.rule], kept);
    return wl_raise(L);
  }
  T *const *m = tensors_of(&h->tensors);
  T *const *v = kept > 1 ? tensors_of(&h->seconds) : NULL;
  weyl_status status = weyl_optimizer_load(&h->o, steps, n, m, v);
  if (status == WEYL_ENOMEM) {
    wl_reclaim(L);
    status = weyl_optimizer_load(&h->o, steps, n, m, v);
  }
  if (status != WEYL_OK) return wl_error(L);
  lua_settop(L, 1);
  return 1;
}

/* ---- life ---- */

static int collect(lua_State *L) {
  handle *h = lua_touserdata(L, 1);
  weyl_optimizer_clear(&h->o);
  weyl_free(h->params.at);
  weyl_free(h->tensors.at);
  weyl_free(h->seconds.at);
  memset(h, 0, sizeof *h);
  return 0;
}

/* Options of the table at index 2 into the optimizer's fields. */
static void read_options(lua_State *L, weyl_optimizer *o) {
  static const char *const names[] = {"lr", "weight_decay", "momentum",
                                      "beta1", "beta2", "epsilon"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lua_getfield(L, 2, names[i]);
    if (lua_type(L, -1) == LUA_TNUMBER)
      *number_field(o, names[i]) = lua_tonumber(L, -1);
    lua_pop(L, 1);
  }
  lua_getfield(L, 2, "nesterov");
  o->nesterov = lua_toboolean(L, -1);
  lua_pop(L, 1);
}

static int optimizer(lua_State *L) {
  int rule = luaL_checkoption(L, 1, NULL, rules);
  luaL_checktype(L, 2, LUA_TTABLE);
  handle *h = lua_newuserdatauv(L, sizeof *h, 0);
  memset(h, 0, sizeof *h);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &optimizer_key);
  lua_setmetatable(L, -2);
  h->o.rule = (weyl_optim_rule)rule;
  read_options(L, &h->o);
  return 1;
}

static const luaL_Reg methods[] = {
    {"step", step}, {"rates", rates}, {"state", state}, {"load", load},
    {NULL, NULL}};

void wl_open_optim(lua_State *L) {
  lua_createtable(L, 0, 5);
  luaL_newlib(L, methods);
  lua_pushvalue(L, -1);
  lua_setfield(L, -3, "methods"); /* completion and help read it */
  lua_pushcclosure(L, get_field, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, set_field);
  lua_setfield(L, -2, "__newindex");
  lua_pushcfunction(L, tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushcfunction(L, collect);
  lua_setfield(L, -2, "__gc");
  lua_pushliteral(L, "weyl.optimizer");
  lua_setfield(L, -2, "__name");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &optimizer_key);
  lua_pushcfunction(L, optimizer);
  lua_setfield(L, -2, "optimizer");
}
