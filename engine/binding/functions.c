/*
** functions.c: the public functions of ops.def as Lua functions and methods.
**
** Argument lists are parsed by the table's own description, so that every
** message names function and argument as help() shows them.
*/
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"

enum { FUNCS_MAX = 256, NAME_MAX_LEN = 20 };

typedef enum argtype {
  A_TENSOR, A_LIST, A_DIM, A_DIMS, A_SHAPE, A_INT, A_INTS, A_NUM, A_BOOL,
  A_DTYPE, A_STR
} argtype;

static const char *const type_names[] = {
    "T", "list", "dim", "dims", "shape", "int", "ints", "num", "bool",
    "dtype", "str"};

typedef struct spec {
  char name[NAME_MAX_LEN];
  argtype type;
  int optional;
} spec;

static struct {
  spec arg[WEYL_MAX_ARGS];
  int n;
  int most; /* results it has given at most, at least 1 */
} specs[FUNCS_MAX];

/* ---- reading the table's argument descriptions ---- */

static argtype parse_type(const char *s, size_t n) {
  for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
    if (strlen(type_names[i]) == n && strncmp(type_names[i], s, n) == 0)
      return (argtype)i;
  return A_STR;
}

static void parse_spec(int f) {
  const char *s = weyl_funcs[f].args;
  specs[f].most = 1;
  while (*s != 0) {
    spec *a = &specs[f].arg[specs[f].n++];
    size_t n = strcspn(s, ":");
    memcpy(a->name, s, n);
    s += n + 1;
    n = strcspn(s, "?,");
    a->type = parse_type(s, n);
    s += n;
    a->optional = *s == '?';
    s += strspn(s, "?, ");
  }
}

/* ---- parsing one call ---- */

typedef struct call {
  lua_State *L;
  const char *func;
  const spec *a;   /* the argument being read */
  int more;        /* whether others follow it */
  weyl_arg *out;
  const T *like;   /* gives numbers their dtype: the first tensor that is no
                      condition (`typed`), else the first of all */
  int typed;
  int rank;        /* of the first tensor, to which dims refer */
  int idx;         /* Lua index of the next value */
} call;

static void bad(call *c, const char *expected) {
  wl_badarg(c->L, c->idx, c->func, c->a->name, expected);
}

static int64_t check_integer(call *c, int idx, const char *expected) {
  int ok;
  lua_Integer v = lua_tointegerx(c->L, idx, &ok);
  if (!ok || lua_type(c->L, idx) != LUA_TNUMBER) bad(c, expected);
  return v;
}

/* A 1-based or negative dimension of the first tensor, as 0-based. */
static int64_t check_dim(call *c, int idx) {
  int64_t d = check_integer(c, idx, "a dimension (an integer)");
  int rank = c->rank;
  int extra = strcmp(c->func, "stack") == 0; /* counts the new one */
  int64_t at = d < 0 ? d + rank + extra : d - 1;
  if (d != 0 && at >= 0 && at < rank + extra) return at;
  lua_pushfstring(c->L, "%s: argument '%s' is dimension %d, but the tensor "
                        "has rank %d", c->func, c->a->name, (int)d, rank);
  wl_raise(c->L);
  return 0;
}

/* Integers of a table into d; returns their number. */
static int read_table(call *c, int dims) {
  lua_State *L = c->L;
  lua_Integer n = luaL_len(L, c->idx);
  if (n < 0 || n > 2 * WEYL_MAX_RANK) bad(c, "a table of at most 24 integers");
  for (int i = 0; i < (int)n; i++) {
    lua_geti(L, c->idx, i + 1);
    c->out->d[i] = dims ? check_dim(c, -1)
                        : check_integer(c, -1, "a table of integers");
    lua_pop(L, 1);
  }
  return (int)n;
}

static int by_value(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static void read_dims(call *c) {
  weyl_arg *o = c->out;
  if (lua_istable(c->L, c->idx)) {
    o->n = read_table(c, 1);
  } else {
    o->d[0] = check_dim(c, c->idx);
    o->n = 1;
  }
  qsort(o->d, (size_t)o->n, sizeof *o->d, by_value);
  for (int i = 1; i < o->n; i++)
    if (o->d[i] == o->d[i - 1]) bad(c, "dimensions named once each");
}

/* A table of integers, or integers as separate arguments; one alone where
** other arguments follow a list of sizes. */
static void read_integers(call *c) {
  weyl_arg *o = c->out;
  lua_State *L = c->L;
  if (lua_istable(L, c->idx)) {
    o->n = read_table(c, 0);
    return;
  }
  const char *expected = "integers or one table of them";
  int limit = c->a->type == A_SHAPE ? WEYL_MAX_RANK : 2 * WEYL_MAX_RANK;
  if (lua_type(L, c->idx) != LUA_TNUMBER) bad(c, expected);
  while (lua_type(L, c->idx) == LUA_TNUMBER) {
    if (o->n == limit) bad(c, "fewer dimensions");
    o->d[o->n++] = check_integer(c, c->idx, expected);
    if (c->a->type == A_INTS && c->more) return;
    c->idx++;
  }
  c->idx--;
}

/* Looks at an operand while it is there: Lua code run later may free it. */
static void note_tensor(call *c, const T *t, int typed) {
  if (c->like == NULL) c->rank = t->rank;
  if (c->like == NULL || (typed && !c->typed)) c->like = t;
  c->typed |= typed;
}

static void read_list(call *c) {
  lua_State *L = c->L;
  if (!lua_istable(L, c->idx)) bad(c, "a table of tensors");
  lua_Integer n = luaL_len(L, c->idx);
  if (n < 1 || n > 100000) bad(c, "a table of 1 to 100000 tensors");
  c->out->n = (int)n;
  /* borrowed references: the table keeps them; the block is Lua's */
  c->out->list = lua_newuserdatauv(L, (size_t)n * sizeof(T *), 0);
  lua_insert(L, 1);
  c->idx++;
  for (int i = 0; i < (int)n; i++) {
    lua_geti(L, c->idx, i + 1);
    T *t = wl_totensor(L, -1);
    if (t == NULL) {
      lua_pushfstring(L, "%s: argument '%s', entry %d must be a tensor, "
                         "got %s", c->func, c->a->name, i + 1,
                      luaL_typename(L, -1));
      wl_raise(L);
    }
    c->out->list[i] = t;
    lua_pop(L, 1);
  }
  note_tensor(c, c->out->list[0], 0);
}

static void read_dtype(call *c) {
  const char *s = lua_type(c->L, c->idx) == LUA_TSTRING
                      ? lua_tostring(c->L, c->idx) : "";
  c->out->i = weyl_dtype_parse(s);
  if (c->out->i < 0) bad(c, "a dtype ('f32', 'f64', 'c64', 'c128', 'i64' or "
                            "'bool')");
}

static void read_tensor(call *c) {
  int type = lua_type(c->L, c->idx);
  T *t = c->out->t = wl_totensor(c->L, c->idx);
  if (t != NULL) note_tensor(c, t, t->dtype != WEYL_BOOL);
  else if (type != LUA_TNUMBER && type != LUA_TBOOLEAN)
    bad(c, "a tensor or a number");
}

static void read_value(call *c) {
  weyl_arg *o = c->out;
  lua_State *L = c->L;
  switch (c->a->type) {
    case A_TENSOR: read_tensor(c); break;
    case A_LIST: read_list(c); break;
    case A_DIM: o->i = check_dim(c, c->idx); break;
    case A_DIMS: read_dims(c); break;
    case A_SHAPE: case A_INTS: read_integers(c); break;
    case A_INT: o->i = check_integer(c, c->idx, "an integer"); break;
    case A_NUM:
      if (lua_type(L, c->idx) != LUA_TNUMBER) bad(c, "a number");
      o->f = lua_tonumber(L, c->idx);
      o->i = lua_isinteger(L, c->idx); /* whether it was an integer */
      break;
    case A_BOOL: o->i = lua_toboolean(L, c->idx); break;
    case A_DTYPE: read_dtype(c); break;
    default:
      if (lua_type(L, c->idx) != LUA_TSTRING) bad(c, "a string");
      o->s = lua_tostring(L, c->idx);
  }
}

static void too_many(const call *c, int f) {
  if (c->idx > lua_gettop(c->L)) return;
  lua_pushfstring(c->L, "%s: too many arguments; it takes (%s)", c->func,
                  weyl_funcs[f].args);
  wl_raise(c->L);
}

/* A dtype may stand where optional arguments before it are left out. */
static int left_out(const call *c) {
  const spec *a = c->a;
  return a->optional && a->type != A_DTYPE && a->type != A_STR &&
         lua_type(c->L, c->idx) == LUA_TSTRING;
}

/*
** Fills args from the Lua arguments; at[i] is the Lua index of tensor i or of
** a number that stands for it, or 0. No reference is taken: errors may be
** raised.
** Returns the tensor whose dtype such numbers take, NULL if there is none.
*/
static const T *parse(lua_State *L, int f, weyl_arg *args, int *at) {
  call c = {.L = L, .func = weyl_funcs[f].name, .idx = 1};
  int base = 0;
  for (int i = 0; i < specs[f].n; i++) {
    c.a = &specs[f].arg[i];
    c.more = i + 1 < specs[f].n;
    c.out = &args[i];
    at[i] = 0;
    if (left_out(&c)) continue;
    if (lua_isnoneornil(L, c.idx)) {
      if (!c.a->optional) bad(&c, "given");
      c.idx++;
      continue;
    }
    args[i].given = 1;
    int top = lua_gettop(L);
    read_value(&c);
    base += lua_gettop(L) - top;
    if (c.a->type == A_TENSOR) at[i] = c.idx - base;
    c.idx++;
  }
  too_many(&c, f);
  for (int i = 0; i < specs[f].n; i++)
    if (at[i] > 0) at[i] += base;
  return c.like;
}

static T *apply(B *b, int op, int n, const weyl_arg *a) {
  if (n == 1) return b_unary(b, (weyl_opcode)op, a[0].t);
  return b_binary(b, (weyl_opcode)op, a[0].t, a[1].t);
}

typedef struct request {
  int f;
  weyl_arg args[WEYL_MAX_ARGS];
  int at[WEYL_MAX_ARGS];
  const T *like;
} request;

/* Lua code that ran since (metamethods, finalizers) may have freed some. */
static int still_there(lua_State *L, const request *r) {
  for (int i = 0; i < specs[r->f].n; i++) {
    if (r->at[i] == 0 || lua_type(L, r->at[i]) != LUA_TUSERDATA) continue;
    if (wl_totensor(L, r->at[i]) == r->args[i].t) continue;
    weyl_fail(WEYL_ESTATE, "%s: argument '%s' was freed meanwhile",
              weyl_funcs[r->f].name, specs[r->f].arg[i].name);
    return 0;
  }
  return 1;
}

/* Calls the builder; the number of results, 0 with a message. */
static int build(lua_State *L, B *b, request *r, T **out) {
  const weyl_func *fn = &weyl_funcs[r->f];
  weyl_arg *args = r->args;
  int n = specs[r->f].n;
  if (!still_there(L, r)) return 0;
  for (int i = 0; i < n; i++) {
    if (r->at[i] == 0 || lua_type(L, r->at[i]) == LUA_TUSERDATA) continue;
    args[i].t = b_own(b, wl_number(L, r->at[i], r->like));
    if (args[i].t == NULL) return 0;
    args[i].n = lua_type(L, r->at[i]) == LUA_TNUMBER;
    args[i].f = lua_tonumber(L, r->at[i]);
  }
  if (fn->build != NULL) return fn->build(b, args, out);
  out[0] = apply(b, fn->op, n, args);
  return out[0] != NULL;
}

/*
** Pushes the results. The handles are made first: making one may run the
** collector and with it any Lua code, so no reference may be held meanwhile.
** A function that gives more results than ever before is called twice; those
** that draw random numbers give one. Returns 0 with a message.
*/
static int push_results(lua_State *L, request *r) {
  T *out[WEYL_MAX_OUT], **slot[WEYL_MAX_OUT];
  int *most = &specs[r->f].most, have = 0, n = *most;
  int base = lua_gettop(L);
  while (have < n) {
    luaL_checkstack(L, n, "too many results");
    for (; have < n; have++) slot[have] = wl_newtensor(L);
    B b;
    b_open(&b);
    n = build(L, &b, r, out);
    for (int i = 0; i < n && n <= have; i++) weyl_retain(*slot[i] = out[i]);
    b_close(&b, NULL);
    if (n > *most) *most = n;
  }
  lua_settop(L, base + n);
  return n;
}

static int invoke(lua_State *L) {
  request r;
  r.f = (int)lua_tointeger(L, lua_upvalueindex(1));
  memset(r.args, 0, (size_t)specs[r.f].n * sizeof *r.args);
  r.like = parse(L, r.f, r.args, r.at);
  wl_note_line(L);
  int n = push_results(L, &r);
  if (n == 0 && weyl_error_status() == WEYL_ENOMEM) {
    wl_reclaim(L);
    n = push_results(L, &r);
  }
  if (n == 0) return wl_error(L);
  for (int i = -n; i < 0; i++) wl_finish(L, *wl_tensorslot(L, i));
  return n;
}

/* ---- the module ---- */

/* weyl.core.functions(): {name, args, doc, sample, f} of each */
static int functions(lua_State *L) {
  lua_createtable(L, weyl_nfuncs, 0);
  for (int i = 0; i < weyl_nfuncs; i++) {
    const weyl_func *f = &weyl_funcs[i];
    const char *const pairs[][2] = {{"name", f->name}, {"args", f->args},
                                    {"doc", f->doc}, {"sample", f->sample}};
    lua_createtable(L, 0, 5);
    for (int k = 0; k < 4; k++) {
      lua_pushstring(L, pairs[k][1]);
      lua_setfield(L, -2, pairs[k][0]);
    }
    lua_getfield(L, lua_upvalueindex(1), f->name);
    lua_setfield(L, -2, "f");
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

static int is_method(int f) {
  return specs[f].n > 0 && specs[f].arg[0].type == A_TENSOR;
}

void wl_open_functions(lua_State *L) {
  lua_getfield(L, -1, "methods");
  for (int i = 0; i < weyl_nfuncs && i < FUNCS_MAX; i++) {
    if (specs[i].n == 0) parse_spec(i);
    lua_pushinteger(L, i);
    lua_pushcclosure(L, invoke, 1);
    if (is_method(i)) {
      lua_pushvalue(L, -1);
      lua_setfield(L, -3, weyl_funcs[i].name);
    }
    lua_setfield(L, -3, weyl_funcs[i].name);
  }
  lua_getfield(L, -1, "pow");
  wl_setevent(L, "__pow");
  lua_pop(L, 1);
  lua_pushvalue(L, -1);
  lua_pushcclosure(L, functions, 1);
  lua_setfield(L, -2, "functions");
}

void wl_addmethods(lua_State *L, const luaL_Reg *list) {
  lua_getfield(L, -1, "methods");
  luaL_setfuncs(L, list, 0);
  lua_pop(L, 1);
  luaL_setfuncs(L, list, 0);
}
