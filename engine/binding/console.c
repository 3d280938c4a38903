/*
** console.c: reading lines.
**
** On a terminal lines are edited by libedit, with a history that is kept in
** the user's state directory ($XDG_STATE_HOME/weyl/history); elsewhere they
** are read plainly, and no prompt is shown. What is pasted is taken as typed,
** but for control characters: a tab in it completes nothing.
**
** Invariant: outside wl_console_read the terminal is as it was before.
*/
#include "binding/console.h"

#include <errno.h>
#include <histedit.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

#include "base/memory.h"
#include "binding/keys.h"

enum { HISTORY_LINES = 1000 };

static struct {
  lua_State *L;
  EditLine *el; /* NULL: plain reading */
  History *past;
  const char *prompt, *before;
  char *line;   /* plain reading: getline's buffer */
  size_t size;
  char file[PATH_MAX]; /* history, "" when there is nowhere to keep it */
} con;

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

/* The file again with what is remembered of it: the last HISTORY_LINES. */
static void shorten(const char *file) {
  char temporary[PATH_MAX];
  HistEvent ev;
  int n = snprintf(temporary, sizeof temporary, "%s.%ld", file,
                   (long)getpid());
  if (n < 0 || n >= (int)sizeof temporary) return;
  if (history(con.past, &ev, H_SAVE, temporary) >= 0 &&
      rename(temporary, file) == 0)
    return;
  remove(temporary);
}

/* A history that cannot be read or written is none, and no error. */
static void open_history(void) {
  HistEvent ev;
  con.past = history_init();
  if (con.past == NULL) return;
  history(con.past, &ev, H_SETSIZE, HISTORY_LINES);
  history(con.past, &ev, H_SETUNIQUE, 1);
  choose_file(con.file);
  if (*con.file != '\0' &&
      history(con.past, &ev, H_LOAD, con.file) >= HISTORY_LINES)
    shorten(con.file);
  el_set(con.el, EL_HIST, history, con.past);
}

/*
** Every chunk is added to the file at once: a session that dies has lost
** nothing, and sessions side by side do not overwrite each other's.
*/
void wl_console_remember(const char *chunk) {
  HistEvent ev, last = {0};
  if (con.past == NULL || strspn(chunk, " \t\n") == strlen(chunk)) return;
  int again = history(con.past, &last, H_FIRST) >= 0 &&
              strcmp(last.str, chunk) == 0;
  if (again || history(con.past, &ev, H_ENTER, chunk) < 0) return;
  FILE *f = *con.file != '\0' ? fopen(con.file, "a") : NULL;
  if (f == NULL) return;
  /* one more than it is told to */
  history(con.past, &ev, H_NSAVE_FP, (size_t)0, f);
  fclose(f);
}

/* ---- the line editor ---- */

static char *prompt_text(EditLine *el) {
  (void)el;
  return (char *)(uintptr_t)con.prompt;
}

/* Pushes what completion gives for the text before the cursor, or nils. */
static void push_completion(lua_State *L, const LineInfo *info) {
  lua_getfield(L, LUA_REGISTRYINDEX, "weyl.repl.complete");
  lua_pushlstring(L, info->buffer, (size_t)(info->cursor - info->buffer));
  lua_pushstring(L, con.before);
  if (lua_pcall(L, 2, 2, 0) == LUA_OK) return;
  lua_pushnil(L);
  lua_replace(L, -2);
  lua_pushnil(L);
}

/* Tab: inserts what all completions share, or lists them. */
static unsigned char complete(EditLine *el, int key) {
  unsigned char result = CC_ERROR;
  int top = lua_gettop(con.L);
  (void)key;
  push_completion(con.L, el_line(el));
  const char *more = lua_tostring(con.L, -2);
  const char *list = lua_tostring(con.L, -1);
  if (more != NULL && *more != '\0' && el_insertstr(el, more) == 0) {
    result = CC_REFRESH;
  } else if (list != NULL) {
    printf("\n%s\n", list);
    result = CC_REDISPLAY;
  }
  lua_settop(con.L, top);
  return result;
}

/* ---- pasting ---- */

static const wchar_t paste_end[] = L"\033[201~"; /* the terminal sends it */

/* What is pasted, up to its end; NULL without memory or at end of input. */
static wchar_t *read_paste(EditLine *el) {
  size_t n = 0, cap = 0, end = sizeof paste_end / sizeof *paste_end - 1;
  wchar_t *text = NULL, c;
  while (weyl_grow(&text, &cap, n + 2, sizeof *text) &&
         el_wgetc(el, &c) == 1) {
    text[n++] = c;
    if (n < end || wmemcmp(text + n - end, paste_end, end) != 0) continue;
    text[n - end] = L'\0';
    return text;
  }
  weyl_free(text);
  return NULL;
}

/* As it could have been typed: newlines and tabs are what they stand for. */
static void tame(wchar_t *text) {
  wchar_t *to = text;
  for (wchar_t *p = text; *p != L'\0'; p++) {
    if (*p == L'\r' && p[1] == L'\n') continue;
    if (*p == L'\r' || *p == L'\n') *to++ = L'\n';
    else if (*p == L'\t') *to++ = L' ';
    else if (*p >= L' ' && *p != 127) *to++ = *p;
  }
  *to = L'\0';
}

static unsigned char paste(EditLine *el, int key) {
  (void)key;
  wchar_t *text = read_paste(el);
  if (text == NULL) return CC_ERROR;
  tame(text);
  el_wpush(el, text); /* copies */
  weyl_free(text);
  return CC_NORM;
}

/* ---- opening ---- */

static void bind_keys(EditLine *el) {
  el_set(el, EL_ADDFN, "weyl-complete", "complete a name", complete);
  el_set(el, EL_ADDFN, "weyl-paste", "take what is pasted", paste);
  el_set(el, EL_BIND, "^I", "weyl-complete", NULL);
  el_set(el, EL_BIND, "\\e[200~", "weyl-paste", NULL);
  el_set(el, EL_BIND, "^R", "em-inc-search-prev", NULL);
  el_set(el, EL_BIND, "\\e[1;5D", "ed-prev-word", NULL);
  el_set(el, EL_BIND, "\\e[1;5C", "em-next-word", NULL);
}

void wl_console_open(lua_State *L) {
  con.L = L;
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) return;
  setlocale(LC_CTYPE, "");
  if (MB_CUR_MAX == 1) setlocale(LC_CTYPE, "C.UTF-8");
  con.el = el_init("weyl", stdin, stdout, stderr);
  if (con.el == NULL) return;
  if (!wl_keys_open(con.el)) {
    el_end(con.el);
    con.el = NULL;
    return;
  }
  el_set(con.el, EL_PROMPT_ESC, prompt_text, '\1');
  el_set(con.el, EL_EDITOR, "emacs");
  open_history();
  bind_keys(con.el);
  el_source(con.el, NULL); /* ~/.editrc */
}

void wl_console_close(void) {
  if (con.el != NULL) putchar('\n');
  if (con.past != NULL) history_end(con.past);
  if (con.el != NULL) {
    el_end(con.el);
    wl_keys_close();
  }
  free(con.line);
  memset(&con, 0, sizeof con);
}

int wl_console_edits(void) { return con.el != NULL; }

void wl_console_forget(void) {
  if (con.el != NULL) el_reset(con.el);
}

/* ---- reading ---- */

/* The next line, NULL at the end. */
static const char *edit_line(int *n, int *dropped) {
  wl_keys_begin(con.el);
  const char *line = el_gets(con.el, n);
  *dropped = wl_keys_end(con.el);
  return line;
}

wl_got wl_console_read(const char *prompt, const char *before) {
  const char *line;
  int n = 0, dropped = 0;
  con.prompt = prompt;
  con.before = before;
  if (con.el != NULL) {
    line = edit_line(&n, &dropped);
  } else {
    n = (int)getline(&con.line, &con.size, stdin);
    line = n > 0 ? con.line : NULL;
  }
  if (dropped) {
    wl_console_forget();
    putchar('\n');
    return WL_DROPPED;
  }
  if (line == NULL || n <= 0) return WL_END;
  lua_pushlstring(con.L, line, (size_t)(line[n - 1] == '\n' ? n - 1 : n));
  return WL_LINE;
}
