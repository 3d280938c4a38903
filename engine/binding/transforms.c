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
** State of one call lives in a userdata (`trace`), so that an error anywhere
** restores the parameters and releases all references.
*/
#include <string.h>

#include "autodiff/autodiff.h"
#include "binding/binding.h"
#include "binding/internal.h"
#include "tensor/trace.h"

static const char trace_key, refs_key; /* registry: metatables */

typedef struct trace {
  int n, active, kind; /* leaves; whether begun; WL_TENSORS or WL_PARAMS */
  int at;              /* leaf being visited */
  T **proxy, **saved;
  weyl_param **param;
} trace;

/* References that Lua releases: results on their way to userdata. */
typedef struct refs {
  int n, at;
  T *t[];
} refs;

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

static int collect_refs(lua_State *L) {
  refs *r = lua_touserdata(L, 1);
  release_all(r->t, r->n);
  return 0;
}

/* Pushes room for n references. */
static refs *new_refs(lua_State *L, int n) {
  size_t bytes = sizeof(refs) + (size_t)n * sizeof(T *);
  refs *r = lua_newuserdatauv(L, bytes, 0);
  memset(r, 0, bytes);
  r->n = n;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &refs_key);
  lua_setmetatable(L, -2);
  return r;
}

static void count_leaf(lua_State *L, void *arg) {
  const T *t = wl_totensor(L, -1);
  if (weyl_is_float(t->dtype)) ++*(int *)arg;
}

/* Pushes a trace with room for the leaves of the tree at idx. */
static trace *open_trace(lua_State *L, int idx, const char *func) {
  int n = 0, kind = WL_PARAMS;
  wl_tree_walk(L, idx, WL_PARAMS, count_leaf, &n);
  if (n == 0) {
    kind = WL_TENSORS;
    wl_tree_walk(L, idx, WL_TENSORS, count_leaf, &n);
  }
  if (n == 0)
    wl_badarg(L, idx, func, "first argument of the function",
              "a floating-point tensor, a parameter or a table with some");
  size_t bytes = sizeof(trace) + (size_t)n * 3 * sizeof(void *);
  trace *t = lua_newuserdatauv(L, bytes, 0);
  memset(t, 0, bytes);
  t->kind = kind;
  t->proxy = (T **)(t + 1);
  t->saved = t->proxy + n;
  t->param = (weyl_param **)(t->saved + n);
  t->n = n;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &trace_key);
  lua_setmetatable(L, -2);
  weyl_trace_begin();
  t->active = 1;
  return t;
}

/* ---- proxies ---- */

static T *make_proxy(lua_State *L, trace *t, T *of) {
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
  for (int i = 0; i < t->at; i++)
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
  if (t->kind == WL_PARAMS) {
    wl_tree_walk(L, idx, WL_PARAMS, trace_param, t);
  } else {
    wl_tree_copy(L, idx, WL_TENSORS, 0, trace_tensor, t);
    lua_replace(L, idx);
  }
}

/* ---- calling the function ---- */

/*
** Stack: trace, f, arguments. Calls f and leaves its results above trace.
** The trace is ended on error, which is raised again.
*/
static int call_function(lua_State *L, trace *t, int at) {
  int nargs = lua_gettop(L) - at - 1;
  int status = lua_pcall(L, nargs, LUA_MULTRET, 0);
  if (status != LUA_OK) {
    leave(t);
    lua_error(L);
  }
  return lua_gettop(L) - at;
}

/* Pushes the next of the results for the leaf on top; nil for integers. */
static void push_result(lua_State *L, void *arg) {
  refs *r = arg;
  if (!weyl_is_float(wl_totensor(L, -1)->dtype)) {
    lua_pushnil(L);
    return;
  }
  T **slot = wl_newtensor(L);
  *slot = r->t[r->at];
  r->t[r->at++] = NULL;
}

/*
** Ends the transform. The outermost one computes everything it returns
** together: the tensors at stack indices first..last and the references.
*/
static void conclude(lua_State *L, trace *t, int first, int last,
                     const refs *r) {
  leave(t);
  if (weyl_trace_depth() > 0) return;
  int n = r->n + last - first + 1, k = 0;
  T **list = lua_newuserdatauv(L, (size_t)n * sizeof *list, 0);
  for (int i = first; i <= last; i++) {
    T *y = wl_totensor(L, i);
    if (y != NULL) list[k++] = y;
  }
  for (int i = 0; i < r->n; i++) list[k++] = r->t[i];
  wl_eval(L, k, list);
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

/*
** The function that grad and value_and_grad return; upvalues: f, whether the
** value is wanted. Results: [value,] gradients, further results of f.
*/
static int differentiate(lua_State *L) {
  int value = lua_toboolean(L, lua_upvalueindex(2));
  const char *func = value ? "value_and_grad" : "grad";
  if (lua_gettop(L) < 1) wl_badarg(L, 1, func, "first argument", "given");
  lua_pushvalue(L, 1); /* the tree as it was, at index 1 */
  lua_insert(L, 1);
  trace *t = open_trace(L, 1, func);
  lua_insert(L, 2);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 3); /* tree, trace, f, arguments */
  enter(L, t, 4);
  int n = call_function(L, t, 2); /* tree, trace, results */
  T *y = check_loss(L, 3, func);
  refs *r = new_refs(L, t->n);
  lua_insert(L, 3); /* tree, trace, refs, results */
  if (weyl_vjp(1, &y, (T *[]){NULL}, t->n, t->proxy, r->t) != WEYL_OK)
    return wl_error(L);
  release_all(t->proxy, t->n);
  conclude(L, t, 4, 3 + n, r);
  wl_tree_copy(L, 1, t->kind, 1, push_result, r);
  lua_insert(L, 5);
  if (value) return n + 1;
  lua_remove(L, 4);
  return n;
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

typedef struct gathering {
  T **list;
  int n, max;
} gathering;

static void gather(lua_State *L, void *arg) {
  gathering *g = arg;
  T *t = wl_totensor(L, -1);
  if (weyl_is_float(t->dtype) && g->n < g->max) g->list[g->n++] = t;
}

/* The float leaves of the tree at idx as a block of borrowed references. */
static gathering list_leaves(lua_State *L, int idx) {
  gathering g = {NULL, 0, 0};
  wl_tree_walk(L, idx, WL_TENSORS | WL_PARAMS, count_leaf, &g.max);
  g.list = lua_newuserdatauv(L, (size_t)(g.max + 1) * sizeof *g.list, 0);
  wl_tree_walk(L, idx, WL_TENSORS | WL_PARAMS, gather, &g);
  return g;
}

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

/*
** Common part of vjp(f, x, ct) and jvp(f, x, t). Leaves on the stack: x, ct
** or t, trace, the result of f at index 4.
*/
static trace *trace_call(lua_State *L, const char *func) {
  if (!lua_isfunction(L, 1)) wl_badarg(L, 1, func, "f", "a function");
  lua_settop(L, 3);
  trace *t = open_trace(L, 2, func); /* f, x, ct, trace */
  lua_pushvalue(L, 1);
  lua_pushvalue(L, 2);
  lua_remove(L, 1); /* x, ct, trace, f, x */
  enter(L, t, 5);
  call_function(L, t, 3);
  lua_settop(L, 4);
  return t;
}

static gathering check_results(lua_State *L, const char *func) {
  gathering y = list_leaves(L, 4);
  if (y.n == 0) wl_badarg(L, 4, func, "result of f", "a tensor or a tree");
  return y;
}

/* Computes results and derivatives; pushes these in the shape of idx. */
static int results(lua_State *L, trace *t, const gathering *y, int idx,
                   int kind, refs *r) {
  leave(t);
  release_all(t->proxy, t->n);
  if (weyl_trace_depth() == 0) {
    wl_eval(L, y->n, y->list);
    wl_eval(L, r->n, r->t);
  }
  lua_pushvalue(L, 4);
  wl_tree_copy(L, idx, kind, 1, push_result, r);
  return 2;
}

/* weyl.vjp(f, x, ct): f(x) and the cotangent of x, as a tree like x */
static int vjp(lua_State *L) {
  trace *t = trace_call(L, "vjp");
  gathering y = check_results(L, "vjp"), ct = list_leaves(L, 2);
  check_match(L, "vjp", "ct", &ct, y.n, y.list);
  refs *r = new_refs(L, t->n);
  if (weyl_vjp(y.n, y.list, ct.list, t->n, t->proxy, r->t) != WEYL_OK)
    return wl_error(L);
  return results(L, t, &y, 1, t->kind, r);
}

/* weyl.jvp(f, x, t): f(x) and its derivative along t, a tree like f(x) */
static int jvp(lua_State *L) {
  trace *t = trace_call(L, "jvp");
  gathering y = check_results(L, "jvp"), tan = list_leaves(L, 2);
  check_match(L, "jvp", "t", &tan, t->n, t->proxy);
  refs *r = new_refs(L, y.n);
  if (weyl_jvp(t->n, t->proxy, tan.list, y.n, y.list, r->t) != WEYL_OK)
    return wl_error(L);
  return results(L, t, &y, 4, WL_TENSORS | WL_PARAMS, r);
}

static const luaL_Reg functions[] = {
    {"grad", grad}, {"value_and_grad", value_and_grad}, {"vjp", vjp},
    {"jvp", jvp}, {NULL, NULL}};

static void collected(lua_State *L, const void *key, lua_CFunction gc) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void wl_open_transforms(lua_State *L) {
  collected(L, &trace_key, collect_trace);
  collected(L, &refs_key, collect_refs);
  luaL_setfuncs(L, functions, 0);
  wl_open_tree(L);
}
