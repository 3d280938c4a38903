/*
** program.h: the pieces of the program `weyl` that its main function and its
** prompt share. The module weyl.core contains none of this.
*/
#ifndef weyl_program_h
#define weyl_program_h

#include <lauxlib.h>
#include <lua.h>

/* ---- call.c: protected calls ---- */

/*
** Calls as lua_pcall does, with a traceback in the message and with Ctrl-C
** raising the error "interrupted!" in the code that runs.
*/
int wl_call(lua_State *L, int narg, int nres);

/*
** From now on a second Ctrl-C does not end the process, and Ctrl-C stops
** coroutines, too.
*/
void wl_keep_session(lua_State *L);

/* Prints the message on top when status is not LUA_OK, and pops it. */
int wl_report(lua_State *L, int status);

/* ---- strict.c: undefined globals are errors ---- */

/* What code of a chunk may do with globals that do not exist. */
enum {
  STRICT_CHUNK, /* neither read nor assign: scripts */
  STRICT_PROMPT /* its main body may assign: what is typed in */
};

void wl_strict_open(lua_State *L);
/* Makes code compiled under this chunk name ("@file", "=stdin") strict. */
void wl_strict_chunk(lua_State *L, const char *name, int mode);

/* ---- repl.c ---- */

/*
** Reads, runs and prints until the end of input. Not LUA_OK when something
** failed that was read from elsewhere than a terminal.
*/
int wl_repl(lua_State *L);

#endif
