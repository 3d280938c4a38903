/*
** harness.c: libFuzzer over the readers of files, those in C and those in Lua.
**
** The environment's FUZZ_TARGET names a function of targets.lua, which gets
** each input as a string and as a file. Lines of Lua count as coverage beside
** the edges of the C code: pairs of lines that follow each other are counted
** in libFuzzer's extra counters. An error that is not a message of the reader
** is a finding, as is what the sanitizers see.
**
** Lua's allocator is the engine's, whose cap makes large allocations errors.
*/
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "binding/binding.h"

enum { COUNTERS = 1 << 16 };
#define CAP ((size_t)512 << 20) /* bytes; inputs are small */

__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t
    counters[COUNTERS];

static lua_State *L;
static int file;       /* the input as a file */
static char path[64];
static unsigned last;  /* where the line before this one was */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void *allocate(void *ud, void *p, size_t old, size_t bytes) {
  (void)ud;
  (void)old;
  if (bytes > 0) return weyl_realloc(p, bytes);
  weyl_free(p);
  return NULL;
}

static void count_line(lua_State *state, lua_Debug *ar) {
  lua_getinfo(state, "S", ar);
  unsigned h = (unsigned)ar->currentline * 40503u;
  for (const char *s = ar->short_src; *s; s++) h = h * 31u + (unsigned char)*s;
  uint8_t *c = &counters[(h ^ last) % COUNTERS];
  if (*c < 255) ++*c;
  last = h >> 1;
}

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, lua_tostring(L, -1));
  abort();
}

static void open_state(const char *target) {
  L = lua_newstate(allocate, NULL);
  if (L == NULL) abort();
  luaL_openlibs(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_weyl_core);
  lua_setfield(L, -2, "weyl.core");
  lua_settop(L, 0);
  if (luaL_dostring(L, "package.path = 'lua/?.lua;lua/?/init.lua;./?.lua;' "
                       ".. package.path; return require 'spec.fuzz.targets'"))
    fail("cannot load the targets");
  if (lua_getfield(L, 1, target) != LUA_TFUNCTION)
    fail("FUZZ_TARGET must name a function of targets.lua");
  lua_replace(L, 1);
  lua_settop(L, 1);
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  const char *target = getenv("FUZZ_TARGET");
  weyl_memory_set_cap(CAP);
  open_state(target != NULL ? target : "");
  file = memfd_create("input", 0);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  lua_sethook(L, count_line, LUA_MASKLINE, 0);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static unsigned runs;
  if (ftruncate(file, 0) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
    abort();
  last = 0;
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushlstring(L, (const char *)data, size);
  lua_pushstring(L, path);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) fail("finding");
  if (++runs % 64 == 0) lua_gc(L, LUA_GCCOLLECT);
  return 0;
}
