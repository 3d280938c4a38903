/*
** transforms.c: grad, value_and_grad, vjp and jvp over trees.
**
** All of them differentiate a function by the leaves of its first argument:
** by the parameters in it when there are any (a model), else by its
** floating-point tensors. During the call each leaf is replaced by a proxy,
** an identity node of its own, so that nested transforms never mix up what
** they differentiate by. The outermost transform computes its results
** together; inner ones return graphs.
**
** State of one call lives in a userdata (`trace`). All that happens while it is
** active runs in a protected call, after which it ends: an error anywhere
** restores the parameters and releases all references.
*/
#include <string.h>

#include "autodiff/autodiff.h"
#include "binding/binding.h"
#include "binding/internal.h"
#include "tensor/trace.h"

static const char trace_key; /* registry: metatable */

/*
** Derivatives on their way to Lua: handles, made before the function is
** called, for it may change the tree they mirror; and what will fill them.
*/
typedef struct outputs {
  int n, at;   /* handles; those made so far */
  T **t;       /* [n] */
  T ***handle; /* [n] */
} outputs;

typedef struct trace {
  int n, active, kind; /* leaves; whether begun; WL_TENSORS or WL_PARAMS */
  int at;              /* leaf being visited */
  const char *func;    /* the transform's name, for messages */
  T **proxy, **saved;
  weyl_param **param;
  outputs *out;        /* of reverse mode */
} trace;

/* ---- life of a trace ---- */

/* Gives the parameters their readings back; ends the transform. */
static void leave(trace *t) {
  if (!t->active) return;
  t->active = 0;
  for (int i = t->n; i-- > 0;) {
    if (t->param[i] == NULL) continue;
    t->param[i]->read = t->saved[i];
    t->param[i]->traced--;
    weyl_param_release(t->param[i]);
    t->param[i] = NULL;
  }
  weyl_trace_end();
}

static void release_all(T **list, int n) {
  for (int i = 0; i < n; i++) {
    weyl_release(list[i]);
    list[i] = NULL;
  }
}

static int collect_trace(lua_State *L) {
  trace *t = lua_touserdata(L, 1);
  leave(t);
  release_all(t->proxy, t->n);
  return 0;
}

/* ---- leaves of trees ---- */

typedef struct gathering {
  int n, max, floats; /* floats: others are left out */
  T **list;           /* NULL: they are counted only */
} gathering;

static void gather(lua_State *L, void *arg) {
  gathering *g = arg;
  T *t = wl_totensor(L, -1);
  if (g->floats && !weyl_is_float(t->dtype)) return;
  if (g->list != NULL && g->n == g->max) return;
  if (g->list != NULL) g->list[g->n] = t;
  g->n++;
}

/*
** Pushes a block of borrowed references: leaves of the trees first..last, and
** room for more.
*/
static gathering list_leaves(lua_State *L, int first, int last, int floats,
                             int more) {
  gathering g = {0, 0, floats, NULL};
  for (int i = first; i <= last; i++)
    wl_tree_walk(L, i, WL_TENSORS | WL_PARAMS, gather, &g);
  size_t room = (size_t)(g.n + more + 1);
  g.list = lua_newuserdatauv(L, room * sizeof *g.list, 0);
  g.max = g.n;
  g.n = 0;
  for (int i = first; i <= last; i++)
    wl_tree_walk(L, i, WL_TENSORS | WL_PARAMS, gather, &g);
  return g;
}

/* ---- derivatives as trees ---- */

/* Pushes the next handle for the leaf on top; nil for integers. */
static void push_handle(lua_State *L, void *arg) {
  outputs *o = arg;
  if (!weyl_is_float(wl_totensor(L, -1)->dtype)) lua_pushnil(L);
  else if (o->at == o->n) luaL_error(L, "a tree changed while it was read");
  else o->handle[o->at++] = wl_newtensor(L);
}

/* Pushes room for n derivatives, then a tree of empty handles for them. */
static outputs *push_outputs(lua_State *L, int idx, int what, int n) {
  size_t bytes = sizeof(outputs) + (size_t)n * 2 * sizeof(void *);
  outputs *o = lua_newuserdatauv(L, bytes, 0);
  memset(o, 0, bytes);
  o->n = n;
  o->t = (T **)(o + 1);
  o->handle = (T ***)(o->t + n);
  wl_tree_copy(L, idx, what, 1, push_handle, o);
  return o;
}

/* Nothing may be raised between computing the derivatives and this. */
static void hand_over(outputs *o) {
  for (int i = 0; i < o->at; i++) *o->handle[i] = o->t[i];
  release_all(o->t + o->at, o->n - o->at);
}

/* ---- beginning ---- */

/* Pushes a trace with room for the leaves of the tree at idx. */
static trace *open_trace(lua_State *L, int idx, const char *func) {
  int kind = WL_PARAMS;
  gathering g = {0, 0, 1, NULL};
  wl_tree_walk(L, idx, WL_PARAMS, gather, &g);
  if (g.n == 0) {
    kind = WL_TENSORS;
    wl_tree_walk(L, idx, WL_TENSORS, gather, &g);
  }
  int n = g.n;
  if (n == 0)
    wl_badarg(L, idx, func, "first argument of the function",
              "a floating-point tensor, a parameter or a table with some");
  size_t bytes = sizeof(trace) + (size_t)n * 3 * sizeof(void *);
  trace *t = lua_newuserdatauv(L, bytes, 0);
  memset(t, 0, bytes);
  t->kind = kind;
  t->func = func;
  t->proxy = (T **)(t + 1);
  t->saved = t->proxy + n;
  t->param = (weyl_param **)(t->saved + n);
  t->n = n;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &trace_key);
  lua_setmetatable(L, -2);
  return t;
}

/* ---- proxies ---- */

static T *make_proxy(lua_State *L, trace *t, T *of) {
  if (t->at == t->n) luaL_error(L, "a tree changed while it was read");
  T *p = weyl_make(OP_IDENT, 1, &of, 0, NULL);
  if (p == NULL) wl_error(L);
  p->flags |= NODE_TRACED;
  t->proxy[t->at++] = p;
  return p;
}

/* A parameter met twice is traced once. */
static void trace_param(lua_State *L, void *arg) {
  trace *t = arg;
  weyl_param *p = wl_toparam(L, -1);
  if (!weyl_is_float(p->leaf->dtype)) return;
  for (int i = 0; i < t->at && t->at < t->n; i++)
    if (t->param[i] == p) {
      weyl_retain(t->proxy[i]);
      t->proxy[t->at++] = t->proxy[i];
      return;
    }
  int i = t->at;
  T *proxy = make_proxy(L, t, p->read);
  t->param[i] = p;
  weyl_param_retain(p);
  t->saved[i] = p->read;
  p->read = proxy;
  p->traced++;
}

/* Pushes the stand-in for a tensor leaf. */
static void trace_tensor(lua_State *L, void *arg) {
  trace *t = arg;
  T *of = wl_totensor(L, -1);
  if (!weyl_is_float(of->dtype)) {
    lua_pushvalue(L, -1);
    return;
  }
  T **slot = wl_newtensor(L);
  *slot = make_proxy(L, t, of);
  weyl_retain(*slot);
}

/* Replaces the tree at idx by what the function is to see. */
static void enter(lua_State *L, trace *t, int idx) {
  weyl_trace_begin();
  t->active = 1;
  if (t->kind == WL_PARAMS) {
    wl_tree_walk(L, idx, WL_PARAMS, trace_param, t);
  } else {
    wl_tree_copy(L, idx, WL_TENSORS, 0, trace_tensor, t);
    lua_replace(L, idx);
  }
}

/* ---- calling the function ---- */

/*
** Stack: trace, then what body is called with: the trace, f, more. Puts the
** results of body in the place of the latter and ends the transform.
*/
static void within(lua_State *L, trace *t, int at, lua_CFunction body) {
  lua_pushcfunction(L, body);
  lua_insert(L, at);
  int status = lua_pcall(L, lua_gettop(L) - at, LUA_MULTRET, 0);
  leave(t);
  release_all(t->proxy, t->n);
  if (status != LUA_OK) lua_error(L);
}

/*
** The outermost transform computes all that it returns together: the trees
** at stack indices first..last and, if given, derivatives in no such tree.
*/
static void compute(lua_State *L, int first, int last, const outputs *o) {
  if (weyl_trace_depth() > 0) return;
  int n = o != NULL ? o->at : 0;
  gathering g = list_leaves(L, first, last, 0, n);
  for (int i = 0; i < n; i++) g.list[g.n++] = *o->handle[i];
  wl_eval(L, g.n, g.list);
  lua_pop(L, 1);
}

/* ---- value_and_grad, grad ---- */

static T *check_loss(lua_State *L, int idx, const char *func) {
  T *y = wl_totensor(L, idx);
  if (y == NULL || y->size != 1 || !weyl_is_real(y->dtype))
    wl_badarg(L, idx, func, "result of the function",
              "a real tensor of one element");
  return y;
}

/* From trace, f, arguments: fills the gradients; results of f. */
static int trace_gradient(lua_State *L) {
  trace *t = lua_touserdata(L, 1);
  enter(L, t, 3);
  lua_call(L, lua_gettop(L) - 2, LUA_MULTRET);
  T *y = check_loss(L, 2, t->func);
  if (weyl_vjp(1, &y, (T *[]){NULL}, t->n, t->proxy, t->out->t) != WEYL_OK)
    return wl_error(L);
  hand_over(t->out);
  return lua_gettop(L) - 1;
}

/*
** The function that grad and value_and_grad return; upvalues: f, whether the
** value is wanted. Results: [value,] gradients, further results of f.
*/
static int differentiate(lua_State *L) {
  int value = lua_toboolean(L, lua_upvalueindex(2));
  int nargs = lua_gettop(L);
  const char *func = value ? "value_and_grad" : "grad";
  if (nargs < 1) wl_badarg(L, 1, func, "first argument", "given");
  luaL_checkstack(L, nargs + 8, func);
  trace *t = open_trace(L, 1, func);
  t->out = push_outputs(L, 1, t->kind, t->n);
  int grads = lua_gettop(L), first = grads + 1;
  lua_pushvalue(L, nargs + 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  for (int i = 1; i <= nargs; i++) lua_pushvalue(L, i);
  within(L, t, first, trace_gradient);
  luaL_checkstack(L, 4, func);
  compute(L, first, lua_gettop(L), t->out);
  lua_pushvalue(L, grads);
  lua_insert(L, first + 1); /* loss, gradients, further results */
  return lua_gettop(L) - (value ? grads : first);
}

static int make_gradient(lua_State *L, int value) {
  if (!lua_isfunction(L, 1))
    wl_badarg(L, 1, value ? "value_and_grad" : "grad", "f", "a function");
  lua_settop(L, 1);
  lua_pushboolean(L, value);
  lua_pushcclosure(L, differentiate, 2);
  return 1;
}

static int grad(lua_State *L) { return make_gradient(L, 0); }

static int value_and_grad(lua_State *L) { return make_gradient(L, 1); }

/* ---- vjp and jvp ---- */

/* Each tangent must have the shape and dtype of what it belongs to. */
static void check_match(lua_State *L, const char *func, const char *arg,
                        const gathering *g, int n, T *const *like) {
  char a[WEYL_SHAPE_TEXT], b[WEYL_SHAPE_TEXT];
  if (g->n != n) {
    lua_pushfstring(L, "%s: argument '%s' must have %d tensors, got %d",
                    func, arg, n, g->n);
    wl_raise(L);
  }
  for (int i = 0; i < n; i++) {
    const T *x = g->list[i], *y = like[i];
    if (x->dtype == y->dtype && weyl_same_shape(x, y)) continue;
    lua_pushfstring(L, "%s: argument '%s', tensor %d must be %s %s, got %s "
                       "%s", func, arg, i + 1, weyl_dtype_name(y->dtype),
                    weyl_shape_text(a, y->rank, y->dims),
                    weyl_dtype_name(x->dtype),
                    weyl_shape_text(b, x->rank, x->dims));
    wl_raise(L);
  }
}

/* Stack: trace, f, x, v, derivatives. Pushes y = f(x); returns its leaves. */
static gathering call_traced(lua_State *L, trace *t) {
  enter(L, t, 3);
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_call(L, 1, 1);
  gathering y = list_leaves(L, 6, 6, 1, 0);
  if (y.n == 0)
    wl_badarg(L, 6, t->func, "result of f", "a tensor or a tree of them");
  return y;
}

/* Both return y and the tree of derivatives. */
static int trace_vjp(lua_State *L) {
  trace *t = lua_touserdata(L, 1);
  gathering y = call_traced(L, t), ct = list_leaves(L, 4, 4, 1, 0);
  check_match(L, t->func, "ct", &ct, y.n, y.list);
  lua_pushvalue(L, 6);
  lua_pushvalue(L, 5);
  if (weyl_vjp(y.n, y.list, ct.list, t->n, t->proxy, t->out->t) != WEYL_OK)
    return wl_error(L);
  hand_over(t->out);
  return 2;
}

static int trace_jvp(lua_State *L) {
  trace *t = lua_touserdata(L, 1);
  gathering y = call_traced(L, t), tan = list_leaves(L, 4, 4, 1, 0);
  check_match(L, t->func, "t", &tan, t->n, t->proxy);
  outputs *o = push_outputs(L, 6, WL_TENSORS | WL_PARAMS, y.n);
  lua_pushvalue(L, 6);
  lua_insert(L, -2);
  if (weyl_jvp(t->n, t->proxy, tan.list, y.n, y.list, o->t) != WEYL_OK)
    return wl_error(L);
  hand_over(o);
  return 2;
}

/* Arguments f, x, v -> y = f(x) and the derivative, a tree like x or y. */
static int product(lua_State *L, const char *func, lua_CFunction body) {
  if (!lua_isfunction(L, 1)) wl_badarg(L, 1, func, "f", "a function");
  lua_settop(L, 3);
  trace *t = open_trace(L, 2, func);
  if (body == trace_vjp) t->out = push_outputs(L, 2, t->kind, t->n);
  lua_settop(L, 6);
  lua_pushvalue(L, 4);
  for (int i = 1; i <= 3; i++) lua_pushvalue(L, i);
  lua_pushvalue(L, 6);
  within(L, t, 7, body); /* f, x, v, trace, -, -, y, derivatives */
  compute(L, 7, 8, NULL);
  return 2;
}

/* weyl.vjp(f, x, ct): f(x) and the cotangent of x, as a tree like x */
static int vjp(lua_State *L) { return product(L, "vjp", trace_vjp); }

/* weyl.jvp(f, x, t): f(x) and its derivative along t, a tree like f(x) */
static int jvp(lua_State *L) { return product(L, "jvp", trace_jvp); }

static const luaL_Reg functions[] = {
    {"grad", grad}, {"value_and_grad", value_and_grad}, {"vjp", vjp},
    {"jvp", jvp}, {NULL, NULL}};

void wl_open_transforms(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, collect_trace);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &trace_key);
  luaL_setfuncs(L, functions, 0);
  wl_open_tree(L);
}
