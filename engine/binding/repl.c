/*
** repl.c: the prompt.
**
** A line is tried as an expression, which then shows its values unless it
** ends in ';', else as statements; a chunk that ends too early asks for more
** lines. No error ends the session; Ctrl-C drops the line being typed or
** stops the command that runs (call.c), Ctrl-D leaves. What values look like
** and how names are completed is Lua: lua/weyl/repl.lua.
**
** On a terminal lines are edited by libedit, with a history that is kept in
** the user's state directory; elsewhere lines are read plainly, no prompt.
*/
#include "binding/program.h"

#include <errno.h>
#include <histedit.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HISTORY_LINES = 1000 };

typedef struct console {
  lua_State *L;
  EditLine *el;  /* NULL: plain reading */
  History *past;
  const char *prompt;
  char *line;    /* plain reading: getline's buffer */
  size_t size;
  char file[PATH_MAX]; /* history, "" when there is nowhere to keep it */
} console;

/* ---- history ---- */

/* Makes every directory on the way to the file; whether the last exists. */
static int make_parents(char *path) {
  int made = 0;
  for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
    *p = '\0';
    made = mkdir(path, 0700) == 0 || errno == EEXIST;
    *p = '/';
  }
  return made;
}

static void choose_file(char file[PATH_MAX]) {
  const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
  int n = -1;
  if (state != NULL && *state == '/')
    n = snprintf(file, PATH_MAX, "%s/weyl/history", state);
  else if (home != NULL && *home == '/')
    n = snprintf(file, PATH_MAX, "%s/.local/state/weyl/history", home);
  if (n < 0 || n >= PATH_MAX || !make_parents(file)) *file = '\0';
}

static void open_history(console *c) {
  HistEvent ev;
  c->past = history_init();
  if (c->past == NULL) return;
  history(c->past, &ev, H_SETSIZE, HISTORY_LINES);
  history(c->past, &ev, H_SETUNIQUE, 1);
  choose_file(c->file);
  if (*c->file != '\0') history(c->past, &ev, H_LOAD, c->file);
  el_set(c->el, EL_HIST, history, c->past);
}

/* Written after every command: a session that dies has lost nothing. */
static void remember(console *c, const char *chunk) {
  HistEvent ev;
  if (c->past == NULL || strspn(chunk, " \t\n") == strlen(chunk)) return;
  history(c->past, &ev, H_ENTER, chunk);
  if (*c->file != '\0') history(c->past, &ev, H_SAVE, c->file);
}

/* ---- the line editor ---- */

static char *prompt_text(EditLine *el) {
  console *c = NULL;
  el_get(el, EL_CLIENTDATA, &c);
  return (char *)(uintptr_t)c->prompt;
}

/* Tab: inserts what all completions share, or lists them. */
static unsigned char complete(EditLine *el, int key) {
  console *c = NULL;
  (void)key;
  el_get(el, EL_CLIENTDATA, &c);
  lua_State *L = c->L;
  const LineInfo *info = el_line(el);
  unsigned char result = CC_ERROR;
  int top = lua_gettop(L);
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.repl.complete");
  lua_pushlstring(L, info->buffer, (size_t)(info->cursor - info->buffer));
  if (lua_pcall(L, 1, 2, 0) == LUA_OK && lua_isstring(L, -2)) {
    const char *more = lua_tostring(L, -2), *list = lua_tostring(L, -1);
    if (*more != '\0' && el_insertstr(el, more) == 0) {
      result = CC_REFRESH;
    } else if (list != NULL) {
      printf("\n%s\n", list);
      result = CC_REDISPLAY;
    }
  }
  lua_settop(L, top);
  return result;
}

static void open_editor(console *c) {
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return;
  setlocale(LC_CTYPE, "");
  c->el = el_init("weyl", stdin, stdout, stderr);
  if (c->el == NULL) return;
  el_set(c->el, EL_CLIENTDATA, c);
  el_set(c->el, EL_PROMPT, prompt_text);
  el_set(c->el, EL_EDITOR, "emacs");
  open_history(c);
  el_set(c->el, EL_ADDFN, "weyl-complete", "complete a name", complete);
  el_set(c->el, EL_BIND, "^I", "weyl-complete", NULL);
  el_set(c->el, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_source(c->el, NULL); /* ~/.editrc */
}

static void close_console(console *c) {
  if (c->past != NULL) history_end(c->past);
  if (c->el != NULL) el_end(c->el);
  free(c->line);
}

/* ---- reading ---- */

static volatile sig_atomic_t dropped; /* Ctrl-C while a line is typed */

static void drop_line(int sig) {
  (void)sig;
  dropped = 1;
}

typedef enum got { GOT_LINE, GOT_DROPPED, GOT_END } got;

/* Pushes the next line without its newline. */
static got read_line(console *c, const char *prompt) {
  const char *line;
  int n = 0;
  c->prompt = prompt;
  dropped = 0;
  if (c->el != NULL) {
    struct sigaction act = {.sa_handler = drop_line}, before;
    sigaction(SIGINT, &act, &before); /* no SA_RESTART: the read returns */
    line = el_gets(c->el, &n);
    sigaction(SIGINT, &before, NULL);
  } else {
    n = (int)getline(&c->line, &c->size, stdin);
    line = n > 0 ? c->line : NULL;
  }
  if (dropped) {
    putchar('\n');
    return GOT_DROPPED;
  }
  if (line == NULL || n <= 0) return GOT_END;
  lua_pushlstring(c->L, line, (size_t)(line[n - 1] == '\n' ? n - 1 : n));
  return GOT_LINE;
}

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

/* Pushes the text on top compiled as an expression, else as statements. */
static int compile(lua_State *L) {
  const char *text = lua_tostring(L, -1);
  int status = load_text(L, "return %s", text);
  if (status == LUA_OK) return status;
  lua_pop(L, 1);
  return load_text(L, "%s", text);
}

/* Whether the text ends in ';': no values are to be shown. */
static int is_quiet(const char *text) {
  size_t len = strlen(text);
  while (len > 0 && strchr(" \t\n", text[len - 1]) != NULL) len--;
  return len > 0 && text[len - 1] == ';';
}

/*
** Reads one chunk: leaves its text and then its function, or the message of
** the syntax error, whose status is stored.
*/
static got read_chunk(console *c, int *status) {
  lua_State *L = c->L;
  got g = read_line(c, "> ");
  if (g != GOT_LINE) return g;
  for (;;) {
    *status = compile(L);
    if (!incomplete(L, *status)) return GOT_LINE;
    g = read_line(c, ">> "); /* text, message, line */
    if (g == GOT_END) return GOT_LINE;
    if (g != GOT_LINE) return g;
    lua_remove(L, -2);
    lua_pushliteral(L, "\n");
    lua_insert(L, -2);
    lua_concat(L, 3);
  }
}

/* ---- running ---- */

/* Shows the values above index `base`. */
static void show(lua_State *L, int base) {
  int n = lua_gettop(L) - base;
  if (n == 0) return;
  luaL_checkstack(L, 1, "too many results to show");
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.repl.show");
  lua_insert(L, base + 1);
  wl_report(L, wl_call(L, n, 0));
}

/* What the prompt knows by name, and how it shows things. */
static int open_names(lua_State *L) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "weyl.repl");
  lua_call(L, 1, 1);
  lua_getfield(L, -1, "show");
  lua_setfield(L, LUA_REGISTRYINDEX, "weyl.repl.show");
  lua_getfield(L, -1, "complete");
  lua_setfield(L, LUA_REGISTRYINDEX, "weyl.repl.complete");
  lua_getfield(L, -1, "open");
  lua_call(L, 0, 0);
  return 0;
}

void wl_repl(lua_State *L) {
  console c = {.L = L};
  int status = LUA_OK;
  got g;
  lua_settop(L, 0);
  lua_getglobal(L, "print"); /* until the Lua files are found */
  lua_setfield(L, LUA_REGISTRYINDEX, "weyl.repl.show");
  lua_pushcfunction(L, open_names);
  wl_report(L, wl_call(L, 0, 0));
  wl_strict_chunk(L, "=stdin", STRICT_PROMPT);
  open_editor(&c);
  while ((g = read_chunk(&c, &status)) != GOT_END) {
    if (g == GOT_LINE) {
      remember(&c, lua_tostring(L, 1));
      if (status == LUA_OK) status = wl_call(L, 0, LUA_MULTRET);
      if (status == LUA_OK && !is_quiet(lua_tostring(L, 1))) show(L, 1);
      wl_report(L, status);
    }
    lua_settop(L, 0);
    fflush(stdout);
  }
  if (c.el != NULL) putchar('\n');
  close_console(&c);
}
