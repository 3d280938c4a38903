/*
** call.c: protected calls of the program, with traceback and Ctrl-C.
**
** Invariant: outside wl_call the handler of SIGINT is what it was before. A
** second Ctrl-C, when the first met code that does not return to Lua, has the
** default effect and ends the process.
*/
#include <signal.h>
#include <stdio.h>
#include <string.h>

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

/* ---- tracebacks of the user's own code ---- */

enum { FRAMES = 20 };

/* Whether a frame is worth showing: Lua code that is not the library's. */
static int is_users(lua_State *L, const lua_Debug *ar) {
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.own");
  const char *prefix = lua_tostring(L, -1);
  int own = prefix != NULL && strncmp(ar->source, prefix, strlen(prefix)) == 0;
  lua_pop(L, 1);
  return ar->currentline > 0 && !own;
}

static void add_frame(lua_State *L, luaL_Buffer *b, const lua_Debug *ar) {
  if (*ar->what == 'm')
    lua_pushfstring(L, "\n\t%s:%d: in main chunk", ar->short_src,
                    ar->currentline);
  else if (ar->name != NULL)
    lua_pushfstring(L, "\n\t%s:%d: in function '%s'", ar->short_src,
                    ar->currentline, ar->name);
  else
    lua_pushfstring(L, "\n\t%s:%d: in function <%s:%d>", ar->short_src,
                    ar->currentline, ar->short_src, ar->linedefined);
  luaL_addvalue(b);
}

/*
** Pushes the message with the frames of the user's code below it, leaving
** out the library and C. What was typed at the prompt needs none.
*/
static void push_traceback(lua_State *L, const char *msg) {
  luaL_Buffer b;
  lua_Debug ar;
  int count = 0, typed = 0;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, msg);
  luaL_addstring(&b, "\nstack traceback:");
  for (int level = 1; count < FRAMES && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sln", &ar);
    if (!is_users(L, &ar)) continue;
    add_frame(L, &b, &ar);
    typed = *ar.what == 'm' && strcmp(ar.source, "=stdin") == 0;
    count++;
  }
  luaL_pushresult(&b);
  if (count == 0 || (count == 1 && typed)) lua_pushstring(L, msg);
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
  push_traceback(L, msg);
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
