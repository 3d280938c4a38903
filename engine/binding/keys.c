/*
** keys.c: the characters that are typed, and the signals that come meanwhile.
**
** Any thread may get a signal, those of OpenBLAS too, where nothing of libedit
** may be touched (its own handlers, EL_SIGNAL, do). So a handler only sends
** the signal's number through a pipe to the thread that reads.
**
** Invariant: outside begin and end handlers and terminal are as they were
** before; so they are while the process is stopped.
*/
#include "binding/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

enum { COUNT = 7 };
static const int signals[COUNT] = {SIGINT,  SIGWINCH, SIGTSTP, SIGCONT,
                                   SIGQUIT, SIGHUP,   SIGTERM};

static struct {
  int pipe[2];
  int dropped; /* by Ctrl-C */
  struct sigaction before[COUNT];
} keys;

/* ---- signals ---- */

static void note(int sig) {
  int kept = errno;
  unsigned char number = (unsigned char)sig;
  ssize_t sent = write(keys.pipe[1], &number, 1); /* full: there is enough */
  (void)sent;
  errno = kept;
}

static void listen(int on) {
  struct sigaction act = {.sa_handler = note, .sa_flags = SA_RESTART};
  for (int i = 0; i < COUNT; i++) {
    if (on) sigaction(signals[i], &act, &keys.before[i]);
    else sigaction(signals[i], &keys.before[i], NULL);
  }
}

/* The terminal for the editor, which is told of what is pasted, or for all. */
static void prepare(EditLine *el, int on) {
  el_set(el, EL_PREP_TERM, on);
  fputs(on ? "\033[?2004h" : "\033[?2004l", stdout);
  fflush(stdout);
}

/* After a stop, when others have used the terminal. */
static void come_back(EditLine *el) {
  prepare(el, 0);
  prepare(el, 1);
  el_set(el, EL_REFRESH);
}

/* Lets a signal do what it did before we listened. */
static void let_it(EditLine *el, int sig) {
  prepare(el, 0);
  listen(0);
  raise(sig);
  listen(1);
  come_back(el);
}

/* Whether to read on. */
static int attend(EditLine *el, int sig) {
  switch (sig) {
    case SIGINT: keys.dropped = 1; return 0;
    case SIGCONT: come_back(el); break;
    case SIGWINCH:
      el_resize(el);
      fputs("\r\033[K", stdout); /* it forgot what stands there */
      el_set(el, EL_REFRESH);
      break;
    default: let_it(el, sig);
  }
  return 1;
}

/* ---- reading ---- */

/* Waits for a byte, and attends to signals; 0 when it is not to be read. */
static int wait_for_byte(EditLine *el) {
  unsigned char sig;
  struct pollfd p[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                        {.fd = keys.pipe[0], .events = POLLIN}};
  for (;;) {
    if (poll(p, 2, -1) < 0 && errno != EINTR) return 0;
    if (read(keys.pipe[0], &sig, 1) == 1) {
      if (!attend(el, sig)) return 0;
    } else if (p[0].revents != 0) {
      return 1;
    }
    p[0].revents = 0;
  }
}

/* For EL_GETCFN: 1, 0 at the end, -1 when the line is not to be had. */
static int get(EditLine *el, wchar_t *c) {
  mbstate_t state = {0};
  char byte;
  for (;;) {
    if (!wait_for_byte(el)) return -1;
    ssize_t n = read(STDIN_FILENO, &byte, 1);
    if (n == 0) return 0;
    if (n < 0 && errno != EINTR && errno != EAGAIN) return -1;
    if (n < 0) continue;
    size_t length = mbrtowc(c, &byte, 1, &state);
    if (length <= 1) return 1;
    if (length == (size_t)-1) memset(&state, 0, sizeof state);
  }
}

/* ---- opening ---- */

int wl_keys_open(EditLine *el) {
  if (pipe2(keys.pipe, O_CLOEXEC | O_NONBLOCK) != 0) return 0;
  return el_set(el, EL_GETCFN, get) == 0;
}

void wl_keys_close(void) {
  close(keys.pipe[0]);
  close(keys.pipe[1]);
}

void wl_keys_begin(EditLine *el) {
  keys.dropped = 0;
  listen(1);
  el_resize(el);
  prepare(el, 1);
}

int wl_keys_end(EditLine *el) {
  unsigned char sig;
  prepare(el, 0);
  listen(0);
  while (read(keys.pipe[0], &sig, 1) == 1) keys.dropped |= sig == SIGINT;
  return keys.dropped;
}
