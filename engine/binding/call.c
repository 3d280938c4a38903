/*
** call.c: protected calls of the program, with traceback and Ctrl-C.
**
** Invariant: outside wl_call the handler of SIGINT is what it was before. A
** second Ctrl-C, when the first met code that does not return to Lua, has the
** default effect and ends the process.
*/
#include <signal.h>
#include <stdio.h>

#include "binding/program.h"

static lua_State *running; /* the state a signal interrupts */

static void interrupt(lua_State *L, lua_Debug *ar) {
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  lua_pushliteral(L, "interrupted!"); /* where is the traceback's to say */
  lua_error(L);
}

/* lua_sethook is the one call of the API that a signal handler may make. */
static void on_sigint(int sig) {
  int all = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;
  signal(sig, SIG_DFL);
  lua_sethook(running, interrupt, all, 1);
}

/* Message handler: adds the traceback to whatever was thrown. */
static int traceback(lua_State *L) {
  const char *msg = lua_tostring(L, 1);
  if (msg == NULL) {
    if (luaL_callmeta(L, 1, "__tostring") && lua_type(L, -1) == LUA_TSTRING)
      return 1;
    msg = lua_pushfstring(L, "(error object is a %s value)",
                          luaL_typename(L, 1));
  }
  luaL_traceback(L, L, msg, 1);
  return 1;
}

int wl_call(lua_State *L, int narg, int nres) {
  int base = lua_gettop(L) - narg;
  lua_State *outer = running;
  lua_pushcfunction(L, traceback);
  lua_insert(L, base);
  running = L;
  void (*before)(int) = signal(SIGINT, on_sigint);
  int status = lua_pcall(L, narg, nres, base);
  signal(SIGINT, before);
  running = outer;
  lua_remove(L, base);
  return status;
}

int wl_report(lua_State *L, int status) {
  if (status == LUA_OK) return status;
  const char *msg = lua_tostring(L, -1);
  fflush(stdout);
  fprintf(stderr, "weyl: %s\n", msg != NULL ? msg : "(no message)");
  fflush(stderr);
  lua_pop(L, 1);
  return status;
}
