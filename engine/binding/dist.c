/*
** dist.c: ranks in Lua, as the table core.dist. lua/weyl/dist.lua checks
** arguments and starts the transport when there is something to join.
**
**   start(path)            loads mpi.so and joins the others
**   rank(), size()         0 and 1 when nothing was started
**   sum(tree)              a new tree: every tensor summed over the ranks
**   broadcast(model)       parameters get the values of rank 0
**   share(text)            the text of rank 0
**   barrier(), finish()
**   send(rank, text)
**   receive(seconds)       text and rank, or nothing after so long
*/
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"
#include "dist/dist.h"

static void check(lua_State *L, weyl_status status) {
  if (status != WEYL_OK) wl_error(L);
}

static int start(lua_State *L) {
  check(L, weyl_dist_start(luaL_checkstring(L, 1)));
  return 0;
}

static int rank(lua_State *L) {
  lua_pushinteger(L, weyl_dist_rank());
  return 1;
}

static int size(lua_State *L) {
  lua_pushinteger(L, weyl_dist_size());
  return 1;
}

static int barrier(lua_State *L) {
  check(L, weyl_dist_barrier());
  return 0;
}

static int finish(lua_State *L) {
  check(L, weyl_dist_finish());
  return 0;
}

/* ---- leaves in one block of bytes ---- */

/*
** All elements of a tree's leaves, those of one dtype together: one message
** per dtype. Memory is Lua's, so that an error anywhere leaks nothing.
*/
typedef struct block {
  int n;                        /* leaves seen by the current walk */
  void **leaf;                  /* weyl_tensor * or weyl_param * */
  size_t count[WEYL_NDTYPE];    /* elements */
  char *at[WEYL_NDTYPE];        /* where the next leaf's elements are */
  char *data[WEYL_NDTYPE];
} block;

static void count_leaf(lua_State *L, void *arg) {
  (void)L;
  ((block *)arg)->n++;
}

static void note_tensor(lua_State *L, void *arg) {
  block *b = arg;
  b->leaf[b->n++] = wl_totensor(L, -1);
}

static void note_param(lua_State *L, void *arg) {
  block *b = arg;
  b->leaf[b->n++] = wl_toparam(L, -1);
}

/* Lists the leaves of the tree at index 1; pushes what holds the list. */
static void list_leaves(lua_State *L, block *b, int what) {
  *b = (block){0};
  wl_tree_walk(L, 1, what, count_leaf, b);
  b->leaf = lua_newuserdatauv(L, ((size_t)b->n + 1) * sizeof *b->leaf, 0);
  b->n = 0;
  wl_tree_walk(L, 1, what, what == WL_PARAMS ? note_param : note_tensor, b);
}

static size_t bytes_of(const T *t) {
  return (size_t)t->size * weyl_dtype_size(t->dtype);
}

/* Pushes room for all elements and points b->data into it. */
static void make_room(lua_State *L, block *b, T *const *ts) {
  size_t bytes = 0;
  for (int i = 0; i < b->n; i++) b->count[ts[i]->dtype] += (size_t)ts[i]->size;
  for (int d = 0; d < WEYL_NDTYPE; d++)
    bytes += b->count[d] * weyl_dtype_size(d) + sizeof(double) * 2;
  char *at = lua_newuserdatauv(L, bytes, 0);
  for (int d = 0; d < WEYL_NDTYPE; d++) {
    b->data[d] = b->at[d] = at;
    size_t used = b->count[d] * weyl_dtype_size(d);
    at += (used + 15) / 16 * 16; /* the next dtype stays aligned */
  }
}

static void pack(block *b, T *const *ts) {
  for (int i = 0; i < b->n; i++) {
    memcpy(b->at[ts[i]->dtype], ts[i]->data, bytes_of(ts[i]));
    b->at[ts[i]->dtype] += bytes_of(ts[i]);
  }
  memcpy(b->at, b->data, sizeof b->at);
}

/* Makes the next leaf of the copied tree. */
static void push_sum(lua_State *L, void *arg) {
  block *b = arg;
  const T *like = b->leaf[b->n++];
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(like->dtype, like->rank, like->dims);
  if (*slot == NULL) {
    wl_reclaim(L);
    *slot = weyl_leaf(like->dtype, like->rank, like->dims);
  }
  if (*slot == NULL) wl_error(L);
  memcpy((*slot)->data, b->at[like->dtype], bytes_of(like));
  b->at[like->dtype] += bytes_of(like);
}

static int sum(lua_State *L) {
  block b;
  lua_settop(L, 1);
  list_leaves(L, &b, WL_TENSORS);
  T *const *ts = (T *const *)b.leaf;
  wl_eval(L, b.n, ts);
  make_room(L, &b, ts);
  pack(&b, ts);
  for (int d = 0; d < WEYL_NDTYPE; d++)
    if (b.count[d] > 0) check(L, weyl_dist_sum(b.data[d], b.count[d], d));
  b.n = 0;
  wl_tree_copy(L, 1, WL_TENSORS, 1, push_sum, &b);
  return 1;
}

static int broadcast(lua_State *L) {
  block b;
  lua_settop(L, 1);
  list_leaves(L, &b, WL_PARAMS);
  for (int i = 0; i < b.n; i++) {
    weyl_param *p = b.leaf[i];
    void *data;
    check(L, weyl_param_change(p, &data));
    check(L, weyl_dist_broadcast(data, bytes_of(p->leaf)));
  }
  lua_settop(L, 1);
  return 1;
}

/* ---- texts ---- */

static int share(lua_State *L) {
  luaL_Buffer b;
  size_t n = 0;
  const char *text = luaL_optlstring(L, 1, "", &n);
  check(L, weyl_dist_broadcast(&n, sizeof n));
  char *to = luaL_buffinitsize(L, &b, n);
  if (weyl_dist_rank() == 0) memcpy(to, text, n);
  check(L, weyl_dist_broadcast(to, n));
  luaL_pushresultsize(&b, n);
  return 1;
}

static int send(lua_State *L) {
  size_t n;
  const char *text = luaL_checklstring(L, 2, &n);
  check(L, weyl_dist_send((int)luaL_checkinteger(L, 1), text, n));
  return 0;
}

static int receive(lua_State *L) {
  luaL_Buffer b;
  int from;
  size_t n;
  check(L, weyl_dist_wait(luaL_checknumber(L, 1), &from, &n));
  if (from < 0) return 0;
  char *to = luaL_buffinitsize(L, &b, n);
  check(L, weyl_dist_receive(from, to, n));
  luaL_pushresultsize(&b, n);
  lua_pushinteger(L, from);
  return 2;
}

static const luaL_Reg functions[] = {
    {"start", start}, {"rank", rank}, {"size", size}, {"barrier", barrier},
    {"finish", finish}, {"sum", sum}, {"broadcast", broadcast},
    {"share", share}, {"send", send}, {"receive", receive}, {NULL, NULL}};

void wl_open_dist(lua_State *L) {
  luaL_newlib(L, functions);
  lua_setfield(L, -2, "dist");
}
