/*
** call.c: protected calls of the program, with traceback and Ctrl-C.
**
** Ctrl-C asks Lua code (by a hook) and the engine (weyl_interrupt) to stop;
** whichever meets the request first raises "interrupted!" and takes it back.
** In a script a second Ctrl-C has the default effect and ends the process. At
** the prompt it does so only the third time without an answer; and what
** catches the first error does not catch those that follow.
**
** Invariant: outside wl_call the handler of SIGINT is what it was before, and
** nothing is asked to stop.
*/
#include <lualib.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include "binding/program.h"
#include "weyl.h"

enum { PATIENCE = 2 }; /* presses of Ctrl-C without an answer */

static struct {
  lua_State *L;     /* the state a signal interrupts */
  pthread_t thread; /* the one that runs it */
  int prompt;       /* whether the session is to be kept */
  int raised;       /* interruptions of this call so far */
  volatile sig_atomic_t presses; /* that met no answer yet */
} running;

static void interrupt(lua_State *L, lua_Debug *ar) {
  (void)ar;
  weyl_interrupt(0);
  running.presses = 0;
  if (running.raised++ == 0) lua_sethook(L, NULL, 0, 0);
  else lua_sethook(L, interrupt, LUA_MASKCOUNT, 1);
  lua_pushliteral(L, "interrupted!"); /* where is the traceback's to say */
  lua_error(L);
}

/*
** lua_gethook and lua_sethook may be called by signal handlers, on the thread
** of Lua.
*/
static void on_sigint(int sig) {
  static const char wait[] = "\nweyl: this takes a while to stop; Ctrl-C once "
                             "more ends weyl and all its variables\n";
  if (!pthread_equal(pthread_self(), running.thread)) {
    pthread_kill(running.thread, sig);
    return;
  }
  int all = LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT;
  if (lua_gethook(running.L) == NULL) running.presses = 0;
  int presses = ++running.presses;
  if (running.prompt && presses == PATIENCE &&
      write(STDERR_FILENO, wait, sizeof wait - 1) < 0)
    presses = PATIENCE; /* there is nobody to tell */
  if (!running.prompt || presses >= PATIENCE) signal(sig, SIG_DFL);
  weyl_interrupt(1);
  lua_sethook(running.L, interrupt, all, 1);
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
  struct sigaction act = {.sa_handler = on_sigint}, before;
  lua_State *outer = running.L;
  lua_pushcfunction(L, traceback);
  lua_insert(L, base);
  running.L = L;
  running.thread = pthread_self();
  running.raised = 0;
  weyl_interrupt(0);
  sigaction(SIGINT, &act, &before); /* no SA_RESTART: waiting ends, too */
  int status = lua_pcall(L, narg, nres, base);
  sigaction(SIGINT, &before, NULL);
  if (lua_gethook(L) == interrupt) lua_sethook(L, NULL, 0, 0);
  weyl_interrupt(0);
  running.L = outer;
  lua_remove(L, base);
  return status;
}

/*
** ---- coroutines ----
** Hooks are per coroutine: at the prompt `resume` and `wrap` are replaced by
** functions that say which one runs, and else do what those of Lua do.
*/

static void move_hook(lua_State *from, lua_State *to) {
  if (lua_gethook(from) != interrupt) return;
  int mask = lua_gethookmask(from), count = lua_gethookcount(from);
  lua_sethook(from, NULL, 0, 0);
  lua_sethook(to, interrupt, mask, count);
}

/* Calls index 1 with all above it while co runs. */
static int call_tracked(lua_State *L, lua_State *co) {
  lua_State *outer = running.L;
  running.L = co;
  int status = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
  running.L = outer;
  move_hook(co, outer);
  return status;
}

/* coroutine.resume(co, ...); upvalue: Lua's */
static int resume(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTHREAD);
  lua_State *co = lua_tothread(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  if (call_tracked(L, co) != LUA_OK) return lua_error(L);
  return lua_gettop(L);
}

/* What wrap returns; upvalues: what Lua's returned, its coroutine */
static int call_wrapped(lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  int status = call_tracked(L, lua_tothread(L, lua_upvalueindex(2)));
  if (status == LUA_OK) return lua_gettop(L);
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

/* coroutine.wrap(f); upvalue: Lua's */
static int wrap(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  const char *name = lua_getupvalue(L, 1, 1);
  if (name == NULL || !lua_isthread(L, -1)) {
    lua_settop(L, 1); /* another Lua: as it is */
    return 1;
  }
  lua_pushcclosure(L, call_wrapped, 2);
  return 1;
}

static void replace(lua_State *L, const char *name, lua_CFunction f) {
  lua_getfield(L, -1, name);
  lua_pushcclosure(L, f, 1);
  lua_setfield(L, -2, name);
}

void wl_keep_session(lua_State *L) {
  running.prompt = 1;
  if (lua_getglobal(L, LUA_COLIBNAME) == LUA_TTABLE) {
    replace(L, "resume", resume);
    replace(L, "wrap", wrap);
  }
  lua_pop(L, 1);
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
