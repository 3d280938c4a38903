/*
** symmetry.c: groups, representations, bases and penalties for Lua.
**
** These are the raw functions of weyl.core.symmetry on which group.lua,
** rep.lua and reg.lua stand. They check what the engine could not survive;
** the Lua rooms check what a user may get wrong. Representations come as
** their lists of runs, matrices as f64 tensors, positions 1-based, a group
** as the list of its images on the spaces of the words: the group on V first
** (kind 0), then others.
*/
#include <stdio.h>
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"
#include "regularize/form.h"
#include "symmetry/basis.h"

#define GROUP "weyl.symmetry.group"
#define STREAM "weyl.symmetry.stream"
#define LAYOUT "weyl.symmetry.layout"

/* ---- arguments ---- */

/* An evaluated f64 tensor of that rank at idx. */
static const T *check_f64(lua_State *L, int idx, int rank, const char *func,
                          const char *arg) {
  T *t = wl_checktensor(L, idx, func, arg);
  if (t->dtype != WEYL_F64 || t->rank != rank) {
    char expected[32];
    snprintf(expected, sizeof expected, "an f64 tensor of rank %d", rank);
    wl_badarg(L, idx, func, arg, expected);
  }
  wl_eval(L, 1, &t);
  return t;
}

static lua_Integer integer_field(lua_State *L, const char *name) {
  lua_getfield(L, -1, name);
  lua_Integer v = luaL_checkinteger(L, -1);
  lua_pop(L, 1);
  return v;
}

/* Reads field `kinds` of the run on top: one per factor, or none for V. */
static void read_kinds(lua_State *L, int idx, int nspace, weyl_word *w) {
  memset(w->kind, 0, sizeof w->kind);
  if (lua_getfield(L, -1, "kinds") == LUA_TTABLE)
    for (int f = 0; f < w->rank; f++) {
      lua_geti(L, -1, f + 1);
      lua_Integer kind = luaL_checkinteger(L, -1);
      luaL_argcheck(L, kind >= 0 && kind < nspace, idx, "kind");
      w->kind[f] = (uint8_t)kind;
      lua_pop(L, 1);
    }
  lua_pop(L, 1);
}

/* Pushes a block of weyl_run read from the list of runs at idx. */
static weyl_rep check_rep(lua_State *L, int idx, int nspace) {
  luaL_checktype(L, idx, LUA_TTABLE);
  int n = (int)luaL_len(L, idx);
  weyl_run *run = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *run, 0);
  for (int i = 0; i < n; i++) {
    lua_geti(L, idx, i + 1);
    luaL_checktype(L, -1, LUA_TTABLE);
    lua_Integer rank = integer_field(L, "rank");
    luaL_argcheck(L, rank >= 0 && rank <= WEYL_MAX_FACTORS, idx, "rank");
    run[i].word.rank = (int)rank;
    run[i].word.duals = (uint32_t)integer_field(L, "duals");
    read_kinds(L, idx, nspace, &run[i].word);
    run[i].mult = integer_field(L, "mult");
    luaL_argcheck(L, run[i].mult >= 0, idx, "mult");
    lua_pop(L, 1);
  }
  return (weyl_rep){n, run};
}

/* The number of entries of r; raises when there are too many. */
static int64_t check_size(lua_State *L, const weyl_rep *r, const int *dim) {
  int64_t n = weyl_rep_size(r, dim);
  if (n < 0) {
    weyl_fail(WEYL_EINVAL, "a representation has more than 2^31 entries "
              "over a space of dimension %d", dim[0]);
    wl_error(L);
  }
  return n;
}

/* An f64 leaf in a new userdata on top of the stack. */
static T *push_f64(lua_State *L, int rank, const int64_t *dims) {
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(WEYL_F64, rank, dims);
  if (*slot == NULL) wl_error(L);
  return *slot;
}

/* ---- groups ---- */

static weyl_group *check_group(lua_State *L, int idx) {
  return *(weyl_group **)luaL_checkudata(L, idx, GROUP);
}

/* The length of a list of spaces at idx. */
static int count_spaces(lua_State *L, int idx) {
  luaL_checktype(L, idx, LUA_TTABLE);
  lua_Integer n = luaL_len(L, idx);
  luaL_argcheck(L, n >= 1 && n <= WEYL_MAX_SPACES, idx, "number of spaces");
  return (int)n;
}

/* Fills s from the list on top of the stack, which is left there; pushes
** blocks. */
static void read_spaces(lua_State *L, int idx, weyl_spaces *s) {
  int list = lua_gettop(L), n = count_spaces(L, list);
  weyl_group **space = lua_newuserdatauv(L, (size_t)n * sizeof *space, 0);
  int *dim = lua_newuserdatauv(L, (size_t)n * sizeof *dim, 0);
  for (int i = 0; i < n; i++) {
    lua_geti(L, list, i + 1);
    space[i] = check_group(L, -1);
    dim[i] = space[i]->d;
    luaL_argcheck(L, space[i]->nlie == space[0]->nlie &&
                         space[i]->ndiscrete == space[0]->ndiscrete,
                  idx, "numbers of generators");
    lua_pop(L, 1);
  }
  *s = (weyl_spaces){n, dim, space, NULL};
}

static int same_dims(const weyl_spaces *a, const weyl_spaces *b) {
  return a->n == b->n &&
         memcmp(a->dim, b->dim, (size_t)a->n * sizeof *a->dim) == 0;
}

/*
** A group's images in the list at idx, which keeps them; field `also` of the
** list is another group's. Pushes blocks and leaves all on the stack.
*/
static weyl_spaces check_spaces(lua_State *L, int idx) {
  weyl_spaces first, *to = &first;
  lua_pushvalue(L, idx);
  for (;;) {
    int list = lua_gettop(L);
    luaL_checkstack(L, 8, "too many groups");
    read_spaces(L, idx, to);
    luaL_argcheck(L, same_dims(to, &first), idx, "dimensions");
    if (lua_getfield(L, list, "also") != LUA_TTABLE) break;
    weyl_spaces *next = lua_newuserdatauv(L, sizeof *next, 0);
    lua_insert(L, -2);
    to->also = next;
    to = next;
  }
  return first;
}

static int collect_group(lua_State *L) {
  weyl_group **g = luaL_checkudata(L, 1, GROUP);
  weyl_group_release(*g);
  *g = NULL;
  return 0;
}

/* Generators [k, d, d] at idx, none when nil. */
static const double *check_generators(lua_State *L, int idx, int d,
                                      const char *arg, int *count) {
  *count = 0;
  if (lua_isnoneornil(L, idx)) return NULL;
  const T *t = check_f64(L, idx, 3, "group", arg);
  luaL_argcheck(L, t->dims[1] == d && t->dims[2] == d, idx, "not [k, d, d]");
  *count = (int)t->dims[0];
  return t->data;
}

/* Axes 1..d in a table at idx as a block of 0-based ones, pushed. */
static const int *check_axes(lua_State *L, int idx, int d, int *count) {
  *count = lua_isnoneornil(L, idx) ? 0 : (int)luaL_len(L, idx);
  int *axes = lua_newuserdatauv(L, (size_t)(*count + 1) * sizeof *axes, 0);
  for (int i = 0; i < *count; i++) {
    lua_geti(L, idx, i + 1);
    lua_Integer axis = luaL_checkinteger(L, -1);
    luaL_argcheck(L, axis >= 1 && axis <= d, idx, "axis");
    axes[i] = (int)axis - 1;
    lua_pop(L, 1);
  }
  return axes;
}

/* group(d, lie, discrete, scale, haar, axes) */
static int group(lua_State *L) {
  static const char *const haar[] = {"none", "walk", "SO", "O", NULL};
  weyl_group_spec s = {.d = (int)luaL_checkinteger(L, 1)};
  int nscale = 0;
  luaL_argcheck(L, s.d >= 1 && s.d <= 4096, 1, "dimension");
  s.lie = check_generators(L, 2, s.d, "lie", &s.nlie);
  s.discrete = check_generators(L, 3, s.d, "discrete", &s.ndiscrete);
  if (!lua_isnoneornil(L, 4)) {
    const T *t = check_f64(L, 4, 1, "group", "scale");
    s.scale = t->data;
    nscale = (int)t->size;
  }
  luaL_argcheck(L, s.scale == NULL || nscale == s.nlie, 4, "length");
  s.haar = (weyl_haar)luaL_checkoption(L, 5, "none", haar);
  s.axes = check_axes(L, 6, s.d, &s.naxes);
  weyl_group **g = lua_newuserdatauv(L, sizeof *g, 0);
  *g = NULL;
  luaL_setmetatable(L, GROUP);
  *g = weyl_group_new(&s);
  return *g != NULL ? 1 : wl_error(L);
}

static int is_orthogonal(lua_State *L) {
  lua_pushboolean(L, check_group(L, 1)->orthogonal);
  return 1;
}

static int equal(lua_State *L) {
  lua_pushboolean(L, weyl_group_equal(check_group(L, 1), check_group(L, 2)));
  return 1;
}

/* ---- random streams ---- */

/* stream(seed, name): a stream of its own, not among the named ones */
static int stream(lua_State *L) {
  uint64_t seed = (uint64_t)luaL_checkinteger(L, 1);
  const char *name = luaL_checkstring(L, 2);
  weyl_stream *s = lua_newuserdatauv(L, sizeof *s, 0);
  *s = (weyl_stream){seed, weyl_stream_id(name), 0};
  luaL_setmetatable(L, STREAM);
  return 1;
}

/* A stream, or the name of one of the process. */
static weyl_stream *check_stream(lua_State *L, int idx) {
  if (lua_type(L, idx) != LUA_TSTRING)
    return luaL_checkudata(L, idx, STREAM);
  weyl_stream *s = weyl_stream_named(lua_tostring(L, idx));
  if (s == NULL) wl_error(L);
  return s;
}

static int64_t check_count(lua_State *L, int idx) {
  lua_Integer n = luaL_checkinteger(L, idx);
  luaL_argcheck(L, n >= 0 && n <= INT32_MAX, idx, "count");
  return n;
}

/* sample(group, stream, n, uniform): f64 [n, d, d] */
static int sample(lua_State *L) {
  const weyl_group *g = check_group(L, 1);
  int64_t n = check_count(L, 3);
  T *t = push_f64(L, 3, (int64_t[]){n, g->d, g->d});
  weyl_stream *s = check_stream(L, 2); /* last: a finalizer may seed */
  weyl_status status = lua_toboolean(L, 4)
                           ? weyl_group_haar(g, s, n, t->data)
                           : weyl_group_walk(g, s, n, t->data);
  return status == WEYL_OK ? 1 : wl_error(L);
}

/* normal(stream, n, m): f64 [n, m] */
static int normal(lua_State *L) {
  int64_t n = check_count(L, 2), m = check_count(L, 3);
  T *t = push_f64(L, 2, (int64_t[]){n, m});
  weyl_stream *s = check_stream(L, 1);
  return weyl_stream_normal(s, n, m, t->data) == WEYL_OK ? 1 : wl_error(L);
}

/* An i64 leaf in a new userdata on top of the stack. */
static T *push_i64(lua_State *L, int rank, const int64_t *dims) {
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(WEYL_I64, rank, dims);
  if (*slot == NULL) wl_error(L);
  return *slot;
}

static int check_bound(lua_State *L, int idx) {
  lua_Integer n = luaL_checkinteger(L, idx);
  luaL_argcheck(L, n >= 1 && n <= INT32_MAX, idx, "bound");
  return (int)n;
}

/* integers(stream, n, bound): i64 [n], uniform in 1 .. bound */
static int integers(lua_State *L) {
  int64_t n = check_count(L, 2);
  int bound = check_bound(L, 3);
  T *t = push_i64(L, 1, &n);
  int64_t *out = t->data;
  weyl_stream_below(check_stream(L, 1), bound, n, out);
  for (int64_t i = 0; i < n; i++) out[i]++;
  return 1;
}

/* permutations(stream, n, size): i64 [n, size], orders of 1 .. size */
static int permutations(lua_State *L) {
  int64_t n = check_count(L, 2);
  int size = check_bound(L, 3);
  T *t = push_i64(L, 2, (int64_t[]){n, size});
  int64_t *out = t->data;
  if (weyl_stream_shuffles(check_stream(L, 1), size, n, out) != WEYL_OK)
    return wl_error(L);
  for (int64_t i = 0; i < t->size; i++) out[i]++;
  return 1;
}

/* ---- representations ---- */

typedef weyl_status (*write_matrix)(const weyl_rep *r, int nkind,
                                    const int *dim,
                                    const double *const *matrix, double *out);

/* rho(runs, matrices) and drho(runs, matrices), one per space: f64 [n, n] */
static int matrix_of(lua_State *L, const char *func, write_matrix write) {
  int n = count_spaces(L, 2);
  int *dim = lua_newuserdatauv(L, (size_t)n * sizeof *dim, 0);
  const double **matrix = lua_newuserdatauv(L, (size_t)n * sizeof *matrix, 0);
  for (int i = 0; i < n; i++) {
    lua_geti(L, 2, i + 1);
    const T *x = check_f64(L, lua_gettop(L), 2, func, "matrix");
    luaL_argcheck(L, x->dims[0] == x->dims[1] && x->dims[0] <= 4096, 2,
                  "not square");
    dim[i] = (int)x->dims[0];
    matrix[i] = x->data;
    lua_pop(L, 1);
  }
  weyl_rep r = check_rep(L, 1, n);
  int64_t size = check_size(L, &r, dim);
  T *t = push_f64(L, 2, (int64_t[]){size, size});
  weyl_status s = write(&r, n, dim, matrix, t->data);
  return s == WEYL_OK ? 1 : wl_error(L);
}

static int rho(lua_State *L) { return matrix_of(L, "rho", weyl_rep_rho); }

static int drho(lua_State *L) { return matrix_of(L, "drho", weyl_rep_drho); }

/* ---- equivariant maps ---- */

static weyl_maps check_maps(lua_State *L, const weyl_spaces *s,
                            const weyl_rep *in, const weyl_rep *out) {
  weyl_maps m;
  weyl_status status = weyl_maps_measure(s, in, out, &m);
  if (status == WEYL_ENOMEM) {
    wl_reclaim(L);
    status = weyl_maps_measure(s, in, out, &m);
  }
  if (status != WEYL_OK) wl_error(L);
  return m;
}

/*
** dim(spaces, runs_in, runs_out): how many maps; the largest eigenvalue
** taken for 0 and the smallest of the rest; how they were found
*/
static int dim(lua_State *L) {
  static const char *const names[] = {"orbits", "dense", "filter", "product"};
  weyl_spaces s = check_spaces(L, 1);
  weyl_rep in = check_rep(L, 2, s.n), out = check_rep(L, 3, s.n);
  weyl_maps m = check_maps(L, &s, &in, &out);
  lua_pushinteger(L, m.dim);
  lua_pushnumber(L, m.kept);
  lua_pushnumber(L, m.dropped);
  lua_newtable(L);
  for (int i = 0, n = 0; i < 4; i++) {
    if (!(m.routes >> i & 1)) continue;
    lua_pushstring(L, names[i]);
    lua_seti(L, -2, ++n);
  }
  return 4;
}

/* Fails when count maps [rows, cols] would be too much at once. */
static void check_room(lua_State *L, int64_t count, int64_t rows,
                       int64_t cols) {
  double bytes = 8 * (double)count * (double)rows * (double)cols;
  if (bytes <= (double)WEYL_BASIS_BYTES) return;
  weyl_fail(WEYL_EINVAL,
            "basis: all %lld elements [%lld, %lld] would take %.3g GiB; the "
            "most is %.3g GiB; dim() and projector() do without them",
            (long long)count, (long long)rows, (long long)cols,
            bytes / (1 << 30), (double)WEYL_BASIS_BYTES / (1 << 30));
  wl_error(L);
}

/* elements(spaces, runs_in, runs_out): f64 [dim, out, in] */
static int elements(lua_State *L) {
  weyl_spaces s = check_spaces(L, 1);
  weyl_rep in = check_rep(L, 2, s.n), out = check_rep(L, 3, s.n);
  int64_t rows = check_size(L, &out, s.dim), cols = check_size(L, &in, s.dim);
  int64_t count = check_maps(L, &s, &in, &out).dim;
  check_room(L, count, rows, cols);
  T *t = push_f64(L, 3, (int64_t[]){count, rows, cols});
  memset(t->data, 0, (size_t)t->size * sizeof(double));
  weyl_status status = weyl_maps_elements(&s, &in, &out, t->data);
  return status == WEYL_OK ? 1 : wl_error(L);
}

/* trim(): drops the cached bases */
static int trim(lua_State *L) {
  (void)L;
  weyl_basis_trim();
  return 0;
}

/* ---- forms and layouts: the constant inputs of BLOCKMAP ---- */

/* Lists of spaces at index 1 and weights at index 3; pushes blocks. */
static void check_weights(lua_State *L, weyl_form_spec *s) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checktype(L, 3, LUA_TTABLE);
  s->ngroup = (int)luaL_len(L, 1);
  luaL_argcheck(L, s->ngroup >= 1, 1, "no groups");
  size_t n = (size_t)s->ngroup;
  weyl_spaces *group_of = lua_newuserdatauv(L, n * sizeof *group_of, 0);
  double *weight = lua_newuserdatauv(L, n * sizeof *weight, 0);
  for (int j = 0; j < s->ngroup; j++) {
    lua_geti(L, 1, j + 1);
    group_of[j] = check_spaces(L, lua_gettop(L));
    luaL_argcheck(L, same_dims(&group_of[j], &group_of[0]), 1, "dimensions");
    lua_geti(L, 3, j + 1);
    weight[j] = luaL_checknumber(L, -1);
    lua_pop(L, 1);
  }
  s->group = group_of;
  s->weight = weight;
}

/* Words are runs without copies; pushes a block. */
static void check_words(lua_State *L, int idx, weyl_form_spec *s) {
  weyl_rep r = check_rep(L, idx, s->group[0].n);
  size_t n = (size_t)r.n;
  weyl_word *word = lua_newuserdatauv(L, (n + 1) * sizeof *word, 0);
  for (size_t i = 0; i < n; i++) word[i] = r.run[i].word;
  s->nword = r.n;
  s->word = word;
}

/* Leaves with the contents of f. */
static weyl_status set_leaves(const weyl_form *f, T **values, T **pattern) {
  int64_t nvalues = (int64_t)f->nvalues, npattern = (int64_t)f->npattern;
  *values = weyl_leaf(WEYL_F64, 1, &nvalues);
  *pattern = weyl_leaf(WEYL_I64, 1, &npattern);
  if (*values == NULL || *pattern == NULL) return weyl_error_status();
  if (nvalues > 0)
    memcpy((*values)->data, f->values, f->nvalues * sizeof *f->values);
  memcpy((*pattern)->data, f->pattern, f->npattern * sizeof *f->pattern);
  return WEYL_OK;
}

/*
** form(groups, identity, weights, words): values f64, pattern i64 of
** S = identity 1 + sum_j weights[j] P_j
*/
static int form(lua_State *L) {
  weyl_form_spec s = {.identity = luaL_checknumber(L, 2)};
  weyl_form f;
  check_weights(L, &s);
  check_words(L, 4, &s);
  T **values = wl_newtensor(L), **pattern = wl_newtensor(L);
  weyl_status status = weyl_form_build(&s, &f);
  if (status == WEYL_ENOMEM) {
    weyl_form_free(&f);
    wl_reclaim(L);
    status = weyl_form_build(&s, &f);
  }
  if (status == WEYL_OK) status = set_leaves(&f, values, pattern);
  weyl_form_free(&f);
  return status == WEYL_OK ? 2 : wl_error(L);
}

typedef struct layout_data { /* the attributes of BLOCKMAP */
  int n;
  int64_t attr[];
} layout_data;

/* layout(attributes) */
static int layout(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer n = luaL_len(L, 1);
  luaL_argcheck(L, n >= 0 && n <= UINT16_MAX, 1, "number of attributes");
  layout_data *a =
      lua_newuserdatauv(L, sizeof *a + (size_t)n * sizeof *a->attr, 0);
  a->n = (int)n;
  for (int i = 0; i < a->n; i++) {
    lua_geti(L, 1, i + 1);
    a->attr[i] = luaL_checkinteger(L, -1);
    lua_pop(L, 1);
  }
  luaL_setmetatable(L, LAYOUT);
  return 1;
}

/* S W of (W, layout, values, pattern) */
static T *apply(lua_State *L, B *b) {
  const layout_data *a = luaL_checkudata(L, 2, LAYOUT);
  T *in[] = {wl_checktensor(L, 1, "block_map", "W"),
             wl_checktensor(L, 3, "block_map", "values"),
             wl_checktensor(L, 4, "block_map", "pattern")};
  b_open(b);
  return b_op(b, OP_BLOCKMAP, 3, in, a->n, a->attr);
}

/* block_map(W, layout, values, pattern): S W, like W */
static int block_map(lua_State *L) {
  B b;
  wl_note_line(L);
  T **slot = wl_newtensor(L);
  T *y = apply(L, &b);
  *slot = b_close(&b, y);
  return wl_finish(L, *slot);
}

/* penalty(W, layout, values, pattern): 1/2 <W, S W> */
static int penalty(lua_State *L) {
  B b;
  wl_note_line(L);
  T **slot = wl_newtensor(L);
  T *in[] = {wl_checktensor(L, 1, "penalty", "W"), apply(L, &b)};
  *slot = b_close(&b, b_op(&b, OP_HALFQUAD, 2, in, 0, NULL));
  return wl_finish(L, *slot);
}

/* ---- the module ---- */

static const luaL_Reg functions[] = {
    {"group", group}, {"is_orthogonal", is_orthogonal}, {"equal", equal},
    {"stream", stream}, {"sample", sample}, {"normal", normal},
    {"integers", integers}, {"permutations", permutations},
    {"rho", rho}, {"drho", drho}, {"dim", dim}, {"elements", elements},
    {"trim", trim}, {"form", form}, {"layout", layout},
    {"block_map", block_map}, {"penalty", penalty}, {NULL, NULL}};

void wl_open_symmetry(lua_State *L) {
  luaL_newmetatable(L, GROUP);
  lua_pushcfunction(L, collect_group);
  lua_setfield(L, -2, "__gc");
  luaL_newmetatable(L, STREAM);
  luaL_newmetatable(L, LAYOUT);
  lua_pop(L, 3);
  luaL_newlib(L, functions);
  lua_setfield(L, -2, "symmetry");
}
