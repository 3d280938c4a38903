/*
** repl.c: the prompt.
**
** A chunk that ends too early asks for more lines; one that ends in ';' does
** not show its values. What a chunk means ("?x", "%time f()"), what values and
** errors look like, and completion are the matter of lua/weyl/repl.lua, which
** is reached through functions in the registry; without it Lua is run and
** printed. No error ends the session; Ctrl-C drops the line being typed or
** stops the command that runs (call.c), Ctrl-D leaves.
*/
#include <stdio.h>
#include <string.h>

#include "binding/console.h"
#include "binding/program.h"

/* ---- reading a chunk ---- */

/* Whether the syntax error on top says that the chunk ended too early. */
static int incomplete(lua_State *L, int status) {
  static const char mark[] = "<eof>";
  size_t len, n = sizeof mark - 1;
  if (status != LUA_ERRSYNTAX) return 0;
  const char *msg = lua_tolstring(L, -1, &len);
  return len >= n && strcmp(msg + len - n, mark) == 0;
}

static int load_text(lua_State *L, const char *form, const char *text) {
  size_t len;
  const char *code = lua_pushfstring(L, form, text);
  lua_tolstring(L, -1, &len);
  int status = luaL_loadbufferx(L, code, len, "=stdin", "t");
  lua_remove(L, -2);
  return status;
}

/* What Lua makes of the text on top: pushes a function, or a message. */
static int compile(lua_State *L) {
  const char *text = lua_tostring(L, -1);
  if (lua_getfield(L, LUA_REGISTRYINDEX, "weyl.repl.compile") == LUA_TNIL) {
    lua_pop(L, 1);
    if (load_text(L, "return %s", text) == LUA_OK) return LUA_OK;
    lua_pop(L, 1);
    return load_text(L, "%s", text);
  }
  lua_pushvalue(L, -2);
  int status = lua_pcall(L, 1, 1, 0);
  return status != LUA_OK || lua_isfunction(L, -1) ? status : LUA_ERRSYNTAX;
}

/* A text of the registry, which keeps it. */
static const char *prompt(lua_State *L, const char *name) {
  lua_getfield(L, LUA_REGISTRYINDEX, name);
  const char *text = lua_tostring(L, -1);
  lua_pop(L, 1);
  return text != NULL ? text : "";
}

/*
** Reads one chunk: leaves its text and then its function, or the message of
** the syntax error, whose status is stored.
*/
static wl_got read_chunk(lua_State *L, int *status) {
  wl_got g = wl_console_read(prompt(L, "weyl.repl.prompt"), "");
  if (g != WL_LINE) return g;
  for (;;) {
    *status = compile(L);
    if (!incomplete(L, *status)) return WL_LINE;
    g = wl_console_read(prompt(L, "weyl.repl.more"), lua_tostring(L, 1));
    if (g == WL_END) return WL_LINE;
    if (g != WL_LINE) return g;
    lua_remove(L, -2); /* text, message, line */
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
  }
}

/* ---- running ---- */

/* Whether the text ends in ';': no values are to be shown. */
static int is_quiet(const char *text) {
  size_t len = strlen(text);
  while (len > 0 && strchr(" \t\n", text[len - 1]) != NULL) len--;
  return len > 0 && text[len - 1] == ';';
}

/* Hands the values above index 1, the text, to Lua. */
static int show(lua_State *L) {
  int n = lua_gettop(L) - 1;
  if (n == 0) return LUA_OK;
  luaL_checkstack(L, 2, "too many results to show");
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.repl.done");
  lua_pushboolean(L, is_quiet(lua_tostring(L, 1)));
  lua_rotate(L, 2, 2);
  return wl_call(L, n + 1, 0);
}

/* Shows the message on top, and pops it; plainly when Lua cannot. */
static int fail(lua_State *L, int status) {
  wl_console_forget();
  fflush(stdout);
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.repl.fail");
  lua_pushvalue(L, -2);
  lua_pushvalue(L, 1);
  if (lua_pcall(L, 2, 0, 0) != LUA_OK) {
    lua_pop(L, 1); /* why it could not */
    return wl_report(L, status);
  }
  lua_pop(L, 1);
  return status;
}

/* Runs the chunk that read_chunk left. */
static int run(lua_State *L, int status) {
  wl_console_remember(lua_tostring(L, 1));
  if (status == LUA_OK) status = wl_call(L, 0, LUA_MULTRET);
  if (status == LUA_OK) status = show(L);
  return status == LUA_OK ? status : fail(L, status);
}

/* ---- the session ---- */

enum { PROMPT = 4, NAMES = 6 };
static const char *const names[NAMES] = {"compile", "done", "fail", "complete",
                                         "prompt", "more"};

/* What the prompt knows by name, and how it shows things. */
static int open_lua(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "weyl.repl");
  lua_call(L, 1, 1);
  lua_getfield(L, 1, "open");
  lua_pushboolean(L, wl_console_edits());
  lua_call(L, 1, 0);
  for (int i = 0; i < NAMES; i++) {
    lua_pushfstring(L, "weyl.repl.%s", names[i]);
    lua_getfield(L, 1, names[i]);
    lua_settable(L, LUA_REGISTRYINDEX);
  }
  return 0;
}

/* Without the Lua files values are printed, and that is all. */
static int no_lua(lua_State *L) {
  if (lua_toboolean(L, 1)) return 0; /* quiet */
  lua_getglobal(L, "print");
  lua_replace(L, 1);
  lua_call(L, lua_gettop(L) - 1, 0);
  return 0;
}

static void open_session(lua_State *L) {
  static const char *const plain[] = {"> ", ">> "};
  lua_pushcfunction(L, no_lua);
  lua_setfield(L, LUA_REGISTRYINDEX, "weyl.repl.done");
  for (int i = 0; i < 2; i++) {
    lua_pushfstring(L, "weyl.repl.%s", names[PROMPT + i]);
    lua_pushstring(L, plain[i]);
    lua_settable(L, LUA_REGISTRYINDEX);
  }
  lua_pushcfunction(L, open_lua);
  wl_report(L, wl_call(L, 0, 0));
  wl_strict_chunk(L, "=stdin", STRICT_PROMPT);
}

int wl_repl(lua_State *L) {
  int status, failures = 0;
  wl_got g;
  lua_settop(L, 0);
  wl_keep_session(L);
  wl_console_open(L);
  open_session(L);
  while ((g = read_chunk(L, &status)) != WL_END) {
    if (g == WL_LINE && run(L, status) != LUA_OK) failures++;
    lua_settop(L, 0);
    fflush(stdout);
  }
  int edits = wl_console_edits();
  wl_console_close();
  return edits || failures == 0 ? LUA_OK : LUA_ERRRUN;
}
