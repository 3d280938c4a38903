/*
** stop.h: a computation that was asked to stop (weyl_interrupt).
**
** Loops that may take long look at weyl_stopping() about every millisecond
** and leave early; what they leave behind is not looked at. The function that
** runs them then fails with weyl_stopped().
*/
#ifndef weyl_stop_h
#define weyl_stop_h

#include <stdatomic.h>

#include "weyl.h"

extern _Atomic int weyl_stop_asked;

static inline int weyl_stopping(void) {
  return atomic_load_explicit(&weyl_stop_asked, memory_order_relaxed);
}

/* Fails with WEYL_ESTOP; what runs next is not stopped again. */
weyl_status weyl_stopped(void);

/* WEYL_OK, or weyl_stopped() when that was asked for. */
weyl_status weyl_stop_check(void);

#endif
