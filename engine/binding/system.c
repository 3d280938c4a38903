/*
** system.c: memory, threads, random seeds, NaN trap, profile, plans.
*/
#include <cblas.h>
#include <time.h>

#include "base/random.h"
#include "base/thread.h"
#include "binding/binding.h"
#include "binding/internal.h"
#include "exec/exec.h"
#include "exec/kernels.h"

static void set_number(lua_State *L, const char *key, double v) {
  if (v == (double)(lua_Integer)v) lua_pushinteger(L, (lua_Integer)v);
  else lua_pushnumber(L, v);
  lua_setfield(L, -2, key);
}

/* weyl.memory([cap]): live, peak, cap, buffers in bytes; sets the cap */
static int memory(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) {
    if (!lua_isinteger(L, 1) || lua_tointeger(L, 1) < 0)
      return wl_badarg(L, 1, "memory", "cap", "bytes (an integer >= 0)");
    weyl_memory_set_cap((size_t)lua_tointeger(L, 1));
  }
  weyl_memory_stats m = weyl_memory();
  lua_createtable(L, 0, 5);
  set_number(L, "live", (double)m.live);
  set_number(L, "peak", (double)m.peak);
  set_number(L, "cap", (double)m.cap);
  set_number(L, "buffers", (double)m.buffers);
  set_number(L, "pending", (double)weyl_pending());
  return 1;
}

/* weyl.threads([n]): threads in use; sets them */
static int threads(lua_State *L) {
  if (lua_isnoneornil(L, 1)) {
    lua_pushinteger(L, weyl_threads());
    return 1;
  }
  lua_Integer n = lua_tointeger(L, 1);
  if (!lua_isinteger(L, 1) || n < 1 || n > WEYL_MAX_THREADS)
    return wl_badarg(L, 1, "threads", "n", "an integer from 1 to 64");
  lua_pushinteger(L, weyl_set_threads((int)n));
  return 1;
}

/* weyl.seed(n): restarts all random streams from n */
static int seed(lua_State *L) {
  if (!lua_isinteger(L, 1))
    return wl_badarg(L, 1, "seed", "n", "an integer");
  weyl_seed((uint64_t)lua_tointeger(L, 1));
  return 0;
}

/* Takes up the state of all streams from the table at index 1. */
static void restore_streams(lua_State *L) {
  if (!lua_istable(L, 1) || lua_getfield(L, 1, "seed") != LUA_TNUMBER ||
      lua_getfield(L, 1, "counters") != LUA_TTABLE)
    wl_badarg(L, 1, "streams", "state", "what streams() gives");
  weyl_seed((uint64_t)lua_tointeger(L, -2));
  lua_pushnil(L);
  while (lua_next(L, -2)) { /* order is no matter */
    if (lua_type(L, -2) != LUA_TSTRING || !lua_isinteger(L, -1))
      wl_badarg(L, 1, "streams", "state", "what streams() gives");
    weyl_stream *s = weyl_stream_named(lua_tostring(L, -2));
    if (s == NULL) wl_error(L);
    s->counter = (uint64_t)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
}

/* weyl.streams([state]): the seed and every stream's counter; sets them */
static int streams(lua_State *L) {
  if (!lua_isnoneornil(L, 1)) restore_streams(L);
  const char *name;
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, (lua_Integer)weyl_seed_now());
  lua_setfield(L, -2, "seed");
  lua_newtable(L);
  for (weyl_stream *s = NULL; (s = weyl_stream_next(s, &name)) != NULL;) {
    lua_pushinteger(L, (lua_Integer)s->counter);
    lua_setfield(L, -2, name);
  }
  lua_setfield(L, -2, "counters");
  return 1;
}

/*
** core.environment(): what the bits of results may depend on beside the
** program: version, instruction set, cores, threads, BLAS and its core type.
*/
static int environment(lua_State *L) {
  const struct { const char *key, *value; } texts[] = {
      {"version", WEYL_VERSION}, {"instructions", weyl_kernels()->isa},
      {"blas", openblas_get_config()}, {"blas_core", openblas_get_corename()}};
  lua_createtable(L, 0, 6);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    lua_pushstring(L, texts[i].value);
    lua_setfield(L, -2, texts[i].key);
  }
  set_number(L, "cores", weyl_cores());
  set_number(L, "threads", weyl_threads());
  return 1;
}

/* core.clock(): seconds of a clock that never steps; for progress only */
static int monotonic(lua_State *L) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  lua_pushnumber(L, (double)t.tv_sec + 1e-9 * (double)t.tv_nsec);
  return 1;
}

static int check_finite(lua_State *L) {
  if (!lua_isnone(L, 1)) weyl_set_check_finite(lua_toboolean(L, 1));
  if (!weyl_check_finite()) weyl_set_line(NULL);
  lua_pushboolean(L, weyl_check_finite());
  return 1;
}

static void push_rows(lua_State *L, const weyl_profile_row *r, int n) {
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_createtable(L, 0, 5);
    lua_pushstring(L, r[i].name);
    lua_setfield(L, -2, "kernel");
    set_number(L, "calls", (double)r[i].calls);
    set_number(L, "seconds", r[i].seconds);
    set_number(L, "flops", r[i].flops);
    set_number(L, "bytes", r[i].bytes);
    lua_rawseti(L, -2, i + 1);
  }
}

/* core.profile(f): rows per kernel of what f computed */
static int profile(lua_State *L) {
  if (!lua_isfunction(L, 1))
    return wl_badarg(L, 1, "profile", "f", "a function");
  const weyl_profile_row *rows;
  lua_settop(L, 1);
  weyl_profile_start();
  int status = lua_pcall(L, 0, 0, 0);
  int n = weyl_profile_stop(&rows);
  if (status != LUA_OK) return lua_error(L);
  push_rows(L, rows, n);
  return 1;
}

/* weyl.graph(t): the plan below a tensor, as text */
static int graph(lua_State *L) {
  T *t = wl_checktensor(L, 1, "graph", "t");
  if (weyl_evaluated(t)) {
    lua_pushliteral(L, "evaluated: nothing to compute\n");
    return 1;
  }
  char *text = weyl_plan_text(1, &t);
  if (text == NULL) return wl_error(L);
  lua_pushstring(L, text);
  weyl_free(text);
  return 1;
}

/* core.plans(): cache hits and misses, plans, arena bytes */
static int plans(lua_State *L) {
  weyl_plan_stats s = weyl_plans();
  lua_createtable(L, 0, 4);
  set_number(L, "hits", (double)s.hits);
  set_number(L, "misses", (double)s.misses);
  set_number(L, "plans", (double)s.plans);
  set_number(L, "arena", (double)s.arena);
  return 1;
}

/* core.trim(): gives up plans, arena and storage kept for reuse */
static int trim(lua_State *L) {
  (void)L;
  weyl_plans_clear();
  return 0;
}

/* core.fail_at(n, persistent): the n-th allocation from now is refused */
static int fail_at(lua_State *L) {
  weyl_memory_fail_at((uint64_t)luaL_checkinteger(L, 1),
                      lua_toboolean(L, 2));
  return 0;
}

static int fault_hit(lua_State *L) {
  lua_pushboolean(L, weyl_memory_fault_hit());
  return 1;
}

/* core.own(prefix): sources whose lines are never blamed for errors */
static int own(lua_State *L) {
  luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "weyl.own");
  return 0;
}

/* core.within([place]): "file:line: " of errors without a line of the user */
static int within(lua_State *L) {
  lua_settop(L, 1);
  lua_setfield(L, LUA_REGISTRYINDEX, "weyl.within");
  return 0;
}

/* core.caller(): "file:line: " of the nearest line of user code */
static int caller(lua_State *L) {
  wl_where(L);
  return 1;
}

static const luaL_Reg functions[] = {
    {"memory", memory}, {"threads", threads}, {"seed", seed},
    {"streams", streams}, {"clock", monotonic},
    {"environment", environment},
    {"check_finite", check_finite}, {"profile", profile}, {"graph", graph},
    {"plans", plans}, {"trim", trim}, {"fail_at", fail_at},
    {"fault_hit", fault_hit}, {"own", own}, {"within", within},
    {"caller", caller},
    {NULL, NULL}};

void wl_open_system(lua_State *L) { luaL_setfuncs(L, functions, 0); }
