/*
** console.h: the lines that a user types.
*/
#ifndef weyl_console_h
#define weyl_console_h

#include <lua.h>

typedef enum wl_got {
  WL_LINE,
  WL_DROPPED, /* Ctrl-C */
  WL_END      /* Ctrl-D, or the end of the input */
} wl_got;

/* There is one console; L completes names. */
void wl_console_open(lua_State *L);
void wl_console_close(void);

/* Whether lines are edited: input and output are one terminal. */
int wl_console_edits(void);

/*
** Pushes the next line without its newline. `before` is what was typed of the
** same chunk already; the prompt is not shown where lines are not edited.
*/
wl_got wl_console_read(const char *prompt, const char *before);

/* Adds a chunk to the history, and to its file. */
void wl_console_remember(const char *chunk);

/* Forgets what was pasted and not read yet. */
void wl_console_forget(void);

#endif
