/*
** terminal.c: how large the terminal is, and what it says about itself.
*/
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "binding/binding.h"
#include "binding/internal.h"

/* core.terminal(): whether the standard error goes to a terminal */
static int terminal(lua_State *L) {
  lua_pushboolean(L, isatty(STDERR_FILENO));
  return 1;
}

/*
** core.window(): columns, rows, and width and height in pixels (0 when not
** known) of the terminal that the standard output goes to; nil when it goes
** elsewhere
*/
static int window(lua_State *L) {
  struct winsize w = {0};
  if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 ||
      w.ws_col == 0)
    return 0;
  lua_pushinteger(L, w.ws_col);
  lua_pushinteger(L, w.ws_row);
  lua_pushinteger(L, w.ws_xpixel);
  lua_pushinteger(L, w.ws_ypixel);
  return 4;
}

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Reads until the byte `last` or the time is over; the number of bytes. */
static size_t read_answer(char *to, size_t size, char last, double until) {
  size_t n = 0;
  while (n < size) {
    double left = until - seconds();
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    if (left <= 0 || poll(&p, 1, (int)(1e3 * left) + 1) <= 0) break;
    if (read(STDIN_FILENO, to + n, 1) != 1) break;
    if (to[n++] == last) break;
  }
  return n;
}

/*
** core.ask(question, last, seconds): what the terminal answers up to the byte
** `last`; nil when there is no terminal or when it takes longer. Meanwhile
** the terminal neither shows nor keeps what it gets.
*/
static int ask(lua_State *L) {
  const char *question = luaL_checkstring(L, 1), *last = luaL_checkstring(L, 2);
  double until = seconds() + luaL_checknumber(L, 3);
  struct termios before, raw;
  char answer[128];
  if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) ||
      tcgetattr(STDIN_FILENO, &before) != 0)
    return 0;
  raw = before;
  raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0) return 0;
  size_t n = 0, length = strlen(question);
  if (write(STDOUT_FILENO, question, length) == (ssize_t)length)
    n = read_answer(answer, sizeof answer, *last, until);
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  if (n == 0 || answer[n - 1] != *last) return 0;
  lua_pushlstring(L, answer, n);
  return 1;
}

static const luaL_Reg functions[] = {
    {"terminal", terminal}, {"window", window}, {"ask", ask}, {NULL, NULL}};

void wl_open_terminal(lua_State *L) { luaL_setfuncs(L, functions, 0); }
