/*
** tensor.c: the tensor userdata: life, errors, operators, fields, indexing.
**
** A tensor userdata holds one reference in a T *, NULL until filled. Methods
** are the public functions (functions.c); fields are shape, dtype, rank, size.
*/
#include <math.h>
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"
#include "exec/exec.h"
#include "symmetry/basis.h"

enum { DEPTH_MAX = 2048 };          /* pending path before it is computed */
#define SLACK ((size_t)16 << 20)    /* bytes Lua need not hear of */
enum { NODES_SLACK = 768 };        /* pending nodes likewise */

static const char tensor_key, param_key; /* registry: the metatables */

/* ---- memory that Lua does not see ---- */

/*
** Tells the collector of growth since the last time: with a nonzero argument
** LUA_GCSTEP (Lua 5.4) counts that many KiB as allocated and works them off.
** Pending nodes are few bytes, but dead ones by the thousand fall out of the
** processor's cache and make every new one slow; so their number counts too.
*/
static void charge(lua_State *L) {
  static size_t bytes = 0, nodes = 0; /* at the last collection */
  size_t b = weyl_buffer_bytes(), n = weyl_pending();
  if (b < bytes) bytes = b;
  if (n < nodes) nodes = n;
  if (b - bytes < SLACK) {
    if (n - nodes < NODES_SLACK + nodes / 2) return;
    /* a cycle costs as much as Lua's heap is large: do it as seldom */
    if (n - nodes < 2 * (size_t)lua_gc(L, LUA_GCCOUNT)) return;
  }
  size_t owed = b - bytes < SLACK ? SLACK : b - bytes;
  lua_gc(L, LUA_GCSTEP, (int)(owed >> 10));
  bytes = weyl_buffer_bytes();
  nodes = weyl_pending();
}

/* ---- userdata ---- */

/*
** The payload of both userdata. `kind` is the address of the metatable's key:
** size and kind together tell ours from any other userdata without touching
** the stack, which every operand of every operation pays for.
*/
typedef struct handle {
  const void *kind;
  void *object; /* T * or weyl_param *, NULL until filled */
} handle;

static void **new_handle(lua_State *L, const void *kind) {
  handle *h = lua_newuserdatauv(L, sizeof *h, 0);
  h->kind = kind;
  h->object = NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, kind);
  lua_setmetatable(L, -2);
  return &h->object;
}

T **wl_newtensor(lua_State *L) {
  charge(L);
  return (T **)new_handle(L, &tensor_key);
}

weyl_param **wl_newparam(lua_State *L) {
  return (weyl_param **)new_handle(L, &param_key);
}

static handle *to_handle(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TUSERDATA ||
      lua_rawlen(L, idx) != sizeof(handle))
    return NULL;
  return lua_touserdata(L, idx);
}

weyl_param *wl_toparam(lua_State *L, int idx) {
  const handle *h = to_handle(L, idx);
  return h != NULL && h->kind == &param_key ? h->object : NULL;
}

T *wl_totensor(lua_State *L, int idx) {
  const handle *h = to_handle(L, idx);
  if (h == NULL) return NULL;
  if (h->kind == &tensor_key) return h->object;
  const weyl_param *p = h->kind == &param_key ? h->object : NULL;
  return p != NULL ? p->read : NULL;
}

/* The slot of a tensor that is not a parameter. */
T **wl_tensorslot(lua_State *L, int idx) {
  handle *h = to_handle(L, idx);
  return h != NULL && h->kind == &tensor_key ? (T **)&h->object : NULL;
}

/* ---- errors ---- */

/* What a value is, for messages: "f32 [2, 3]", "a string". */
static const char *describe(lua_State *L, int idx) {
  char shape[WEYL_SHAPE_TEXT];
  const T *t = wl_totensor(L, idx);
  if (t != NULL)
    return lua_pushfstring(L, "a tensor %s %s", weyl_dtype_name(t->dtype),
                           weyl_shape_text(shape, t->rank, t->dims));
  if (wl_tensorslot(L, idx)) return "a freed tensor";
  if (lua_type(L, idx) == LUA_TSTRING)
    return lua_pushfstring(L, "'%s'", lua_tostring(L, idx));
  if (lua_type(L, idx) == LUA_TNUMBER)
    return lua_pushfstring(L, "%s", luaL_tolstring(L, idx, NULL));
  return luaL_typename(L, idx);
}

/* Whether a source is the library's own Lua, so that blame lies above it. */
static int own_source(lua_State *L, const char *source) {
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.own");
  const char *prefix = lua_tostring(L, -1);
  int own = prefix != NULL && strncmp(source, prefix, strlen(prefix)) == 0;
  lua_pop(L, 1);
  return own;
}

/* Pushes "file:line: " of the nearest line of user code. */
void wl_where(lua_State *L) {
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || own_source(L, ar.source)) continue;
    lua_pushfstring(L, "%s:%d: ", ar.short_src, ar.currentline);
    return;
  }
  if (lua_getfield(L, LUA_REGISTRYINDEX, "weyl.within") == LUA_TSTRING) return;
  lua_pop(L, 1);
  lua_pushliteral(L, "");
}

int wl_raise(lua_State *L) { /* the message is on top */
  wl_where(L);
  lua_insert(L, -2);
  lua_concat(L, 2);
  return lua_error(L);
}

/* An interruption is no fault of a line, and is raised once. */
static int raise_stop(lua_State *L) {
  lua_sethook(L, NULL, 0, 0);
  return lua_error(L);
}

int wl_error(lua_State *L) {
  lua_pushstring(L, weyl_error_message());
  return weyl_error_status() == WEYL_ESTOP ? raise_stop(L) : wl_raise(L);
}

int wl_badarg(lua_State *L, int idx, const char *func, const char *arg,
              const char *expected) {
  const char *got = lua_isnone(L, idx) ? "nothing" : describe(L, idx);
  lua_pushfstring(L, "%s: argument '%s' must be %s, got %s", func, arg,
                  expected, got);
  return wl_raise(L);
}

T *wl_checktensor(lua_State *L, int idx, const char *func, const char *arg) {
  T *t = wl_totensor(L, idx);
  if (t == NULL) wl_badarg(L, idx, func, arg, "a tensor");
  return t;
}

/* ---- evaluation ---- */

/* Frees what can be freed; for the one retry after memory ran out. */
void wl_reclaim(lua_State *L) {
  lua_gc(L, LUA_GCCOLLECT, 0);
  weyl_plans_clear();
  weyl_basis_trim();
}

void wl_eval(lua_State *L, int n, T *const *ts) {
  weyl_status status = weyl_eval(n, ts);
  if (status == WEYL_ENOMEM) {
    wl_reclaim(L);
    status = weyl_eval(n, ts);
  }
  if (status != WEYL_OK) wl_error(L);
}

/* With check_finite on, nodes made next remember the user's line. */
void wl_note_line(lua_State *L) {
  if (!weyl_check_finite()) return;
  wl_where(L);
  const char *where = lua_tostring(L, -1);
  char line[120];
  size_t n = strlen(where);
  if (n > 2 && n - 2 < sizeof line) {
    memcpy(line, where, n - 2); /* without ": " */
    line[n - 2] = 0;
    weyl_set_line(line);
  }
  lua_pop(L, 1);
}

/* A result was stored in the userdata on top: check it, bound its depth. */
int wl_finish(lua_State *L, T *t) {
  if (t == NULL) return wl_error(L);
  if (t->depth > DEPTH_MAX) wl_eval(L, 1, &t);
  return 1;
}

/* ---- operators ---- */

/* Number or boolean at idx as a rank-0 tensor; NULL with a message. */
T *wl_number(lua_State *L, int idx, const T *like) {
  int dtype = like != NULL ? like->dtype : WEYL_F32;
  if (lua_type(L, idx) == LUA_TBOOLEAN)
    return weyl_scalar(WEYL_BOOL, lua_toboolean(L, idx));
  lua_Number v = lua_tonumber(L, idx);
  if (dtype != WEYL_I64)
    return weyl_scalar(dtype == WEYL_BOOL ? WEYL_F32 : dtype, v);
  int whole;
  lua_Integer i = lua_tointegerx(L, idx, &whole);
  if (whole) return weyl_scalar_i64(i);
  weyl_fail(WEYL_EINVAL,
            "the number %g is no integer and the tensor is i64 (convert it "
            "with :to'f32')", v);
  return NULL;
}

/* The tensor at idx, or NULL for a number or boolean; others are errors. */
static T *check_operand(lua_State *L, int idx, const char *func) {
  T *t = wl_totensor(L, idx);
  if (t != NULL) return t;
  int type = lua_type(L, idx);
  if (type == LUA_TNUMBER || type == LUA_TBOOLEAN) return NULL;
  return wl_checktensor(L, idx, func, idx == 1 ? "x" : "y");
}

/* Operands of different dtypes or from Lua numbers. */
static T *mixed(lua_State *L, weyl_opcode op, T *x, T *y) {
  B b;
  b_open(&b);
  T *u = x != NULL ? x : b_own(&b, wl_number(L, 1, y));
  T *v = y != NULL ? y : b_own(&b, wl_number(L, 2, x));
  return b_close(&b, b_binary(&b, op, u, v));
}

static int arith(lua_State *L) {
  weyl_opcode op = (weyl_opcode)lua_tointeger(L, lua_upvalueindex(1));
  wl_note_line(L);
  T **slot = wl_newtensor(L); /* may run finalizers: operands come later */
  T *x = check_operand(L, 1, weyl_ops[op].name);
  T *y = check_operand(L, 2, weyl_ops[op].name);
  if (x != NULL && y != NULL && x->dtype == y->dtype)
    *slot = weyl_make(op, 2, (T *[]){x, y}, 0, NULL);
  else
    *slot = mixed(L, op, x, y);
  return wl_finish(L, *slot);
}

static int negate(lua_State *L) {
  wl_note_line(L);
  T **slot = wl_newtensor(L);
  T *x = wl_checktensor(L, 1, "neg", "x");
  *slot = weyl_make(OP_NEG, 1, &x, 0, NULL);
  return wl_finish(L, *slot);
}

static int ordered(lua_State *L) {
  lua_pushliteral(L, "tensors are not compared by < and <=, which give one "
                     "boolean: use x:lt(y), x:le(y), x:gt(y) or x:ge(y)");
  return wl_raise(L);
}

/* ---- indexing ---- */

/* One entry of t[{...}], and the slice of its dimension that it means. */
typedef struct range {
  int64_t v[3];
  int n; /* how many numbers were given; 0: everything; -1: one index */
  int64_t start, count, step;
} range;

/* A 1-based, possibly negative position in dim as 0-based; -1 with a message
** when it is out of range. */
static int64_t position(const T *t, int dim, int64_t i) {
  int64_t n = t->dims[dim], at = i < 0 ? i + n : i - 1;
  char shape[WEYL_SHAPE_TEXT];
  if (at >= 0 && at < n) return at;
  weyl_fail(WEYL_EINVAL,
            "index: %lld is out of range for dimension %d of %s",
            (long long)i, dim + 1,
            weyl_shape_text(shape, t->rank, t->dims));
  return -1;
}

/* Turns the numbers given for a dimension into a slice; 0 with a message. */
static int resolve(const T *t, int dim, range *r) {
  r->start = 0, r->count = t->dims[dim], r->step = r->n > 2 ? r->v[2] : 1;
  if (r->n == 0) return 1;
  r->start = position(t, dim, r->v[0]);
  if (r->start < 0) return 0;
  int64_t last = r->n > 1 ? position(t, dim, r->v[1]) : r->start;
  if (last < 0) return 0;
  if (r->step == 0 || r->step == INT64_MIN) {
    weyl_fail(WEYL_EINVAL, "index: the step of a range must not be %lld",
              (long long)r->step);
    return 0;
  }
  int64_t span = r->step > 0 ? last - r->start : r->start - last;
  int64_t stride = r->step > 0 ? r->step : -r->step;
  r->count = span < 0 ? 0 : span / stride + 1;
  return 1;
}

/* t[{r1, .., rn}]: a dimension with one index disappears. */
static T *index_by(T *t, int n, range *r) {
  B b;
  b_open(&b);
  T *out = t;
  int ok = 1;
  for (int i = 0, dim = 0; ok && i < n; i++) {
    ok = resolve(t, i, &r[i]);
    if (!ok) break;
    out = b_slice(&b, out, dim, r[i].start, r[i].count, r[i].step);
    if (r[i].n < 0) out = b_squeeze(&b, out, dim);
    else dim++;
  }
  return b_close(&b, ok ? out : NULL);
}

static void read_range(lua_State *L, range *r) { /* a table on top */
  lua_Integer n = luaL_len(L, -1);
  if (n < 0 || n > 3) wl_badarg(L, -1, "index", "range", "{first, last, step}");
  r->n = (int)n;
  for (int i = 0; i < r->n; i++) {
    lua_geti(L, -1, i + 1);
    if (!lua_isinteger(L, -1))
      wl_badarg(L, -1, "index", "range", "a table of integers");
    r->v[i] = lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
}

static void check_count(lua_State *L, const T *t, lua_Integer n) {
  if (n <= t->rank) return;
  lua_pushfstring(L, "index: a tensor of rank %d takes at most %d indices, "
                     "got %d", t->rank, t->rank, (int)n);
  wl_raise(L);
}

/* t[{1, {2, 5}, {}}] */
static int index_table(lua_State *L) {
  range r[WEYL_MAX_RANK];
  lua_Integer n = luaL_len(L, 2);
  check_count(L, wl_checktensor(L, 1, "index", "tensor"), n);
  for (int i = 0; i < (int)n; i++) {
    lua_geti(L, 2, i + 1);
    if (lua_isinteger(L, -1)) {
      r[i].v[0] = lua_tointeger(L, -1);
      r[i].n = -1;
    } else if (lua_istable(L, -1)) {
      read_range(L, &r[i]);
    } else {
      wl_badarg(L, -1, "index", "index", "an integer or {first, last, step}");
    }
    lua_pop(L, 1);
  }
  T **slot = wl_newtensor(L);
  *slot = index_by(wl_checktensor(L, 1, "index", "tensor"), (int)n, r);
  return wl_finish(L, *slot);
}

static int push_shape(lua_State *L, const T *t) {
  lua_createtable(L, t->rank, 0);
  for (int i = 0; i < t->rank; i++) {
    lua_pushinteger(L, t->dims[i]);
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* Fields that are no methods; nil when there is none of that name. */
static int push_field(lua_State *L, const T *t, const char *key) {
  if (strcmp(key, "shape") == 0) return push_shape(L, t);
  if (strcmp(key, "dtype") == 0)
    lua_pushstring(L, weyl_dtype_name(t->dtype));
  else if (strcmp(key, "rank") == 0) lua_pushinteger(L, t->rank);
  else if (strcmp(key, "size") == 0) lua_pushinteger(L, t->size);
  else lua_pushnil(L);
  return 1;
}

static int subscript(lua_State *L) {
  if (lua_type(L, 2) == LUA_TSTRING) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, lua_upvalueindex(1)) != LUA_TNIL) return 1;
    return push_field(L, wl_checktensor(L, 1, "index", "tensor"),
                      lua_tostring(L, 2));
  }
  if (lua_istable(L, 2)) return index_table(L);
  if (!lua_isinteger(L, 2))
    return wl_badarg(L, 2, "index", "key",
                     "an integer, a table of ranges or a name");
  T **slot = wl_newtensor(L);
  T *t = wl_checktensor(L, 1, "index", "tensor");
  check_count(L, t, 1);
  range r = {.v = {lua_tointeger(L, 2)}, .n = -1};
  *slot = index_by(t, 1, &r);
  return wl_finish(L, *slot);
}

static int newindex(lua_State *L) {
  lua_pushliteral(L, "tensors are immutable: build a new one, for instance "
                     "with weyl.where or scatter_add, or use a weyl.param");
  return wl_raise(L);
}

static int length(lua_State *L) {
  T *t = wl_checktensor(L, 1, "#", "tensor");
  if (t->rank == 0) {
    lua_pushliteral(L, "#: a tensor of rank 0 has no length");
    return wl_raise(L);
  }
  lua_pushinteger(L, t->dims[0]);
  return 1;
}

/* ---- life ---- */

static int collect(lua_State *L) {
  T **t = wl_tensorslot(L, 1);
  if (t == NULL) return 0;
  weyl_release(*t);
  *t = NULL;
  return 0;
}

static int collect_param(lua_State *L) {
  handle *h = to_handle(L, 1);
  if (h == NULL || h->kind != &param_key) return 0;
  weyl_param_release(h->object);
  h->object = NULL;
  return 0;
}

static int tostring(lua_State *L) {
  if (wl_totensor(L, 1) == NULL) {
    lua_pushliteral(L, "tensor (freed)");
    return 1;
  }
  lua_getglobal(L, "require");
  lua_pushliteral(L, "weyl.print");
  lua_call(L, 1, 1);
  lua_pushvalue(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static const struct {
  const char *event;
  weyl_opcode op;
} operators[] = {{"__add", OP_ADD}, {"__sub", OP_SUB},
                 {"__mul", OP_MUL}, {"__div", OP_DIV},
                 {"__mod", OP_MOD}, {"__idiv", OP_FLOORDIV}};

static const luaL_Reg events[] = {
    {"__unm", negate}, {"__lt", ordered}, {"__le", ordered},
    {"__len", length}, {"__tostring", tostring}, {"__newindex", newindex},
    {NULL, NULL}};

/* A metatable in the registry; the methods table is on top and stays. */
static void metatable(lua_State *L, const void *key, const char *name,
                      lua_CFunction gc) {
  lua_newtable(L);
  luaL_setfuncs(L, events, 0);
  for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
    lua_pushinteger(L, operators[i].op);
    lua_pushcclosure(L, arith, 1);
    lua_setfield(L, -2, operators[i].event);
  }
  lua_pushvalue(L, -2);
  lua_pushcclosure(L, subscript, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__close");
  lua_pushstring(L, name);
  lua_setfield(L, -2, "__name");
  lua_pushvalue(L, -2);
  lua_setfield(L, -2, "methods"); /* completion and help read it */
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

/* Sets an operator of both metatables to the function on top; pops it. */
void wl_setevent(lua_State *L, const char *event) {
  const void *keys[] = {&tensor_key, &param_key};
  for (int i = 0; i < 2; i++) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, keys[i]);
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, event);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

void wl_open_tensor(lua_State *L) {
  lua_newtable(L); /* methods */
  metatable(L, &tensor_key, "weyl.tensor", collect);
  metatable(L, &param_key, "weyl.param", collect_param);
  lua_setfield(L, -2, "methods");
  wl_open_convert(L);
}
