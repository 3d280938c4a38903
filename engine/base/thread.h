/*
** thread.h: a small pool that splits index ranges over the cores.
**
** The split depends only on `n`, `grain` and the thread count, never on
** timing, so results are reproducible for a given thread count. Tasks must
** not fail: they report through their own memory.
*/
#ifndef weyl_thread_h
#define weyl_thread_h

#include <stddef.h>

#include "weyl.h"

typedef void (*weyl_task)(void *arg, size_t begin, size_t end, int worker);

/*
** Calls task over disjoint pieces that cover [0, n). Pieces are multiples of
** `grain` (the last may be short). Runs in the caller when n <= grain or one
** thread is set. `worker` is in [0, weyl_threads()).
*/
void weyl_parallel(size_t n, size_t grain, weyl_task task, void *arg);

int weyl_cores(void);         /* cores this process may run on */

#define WEYL_MAX_THREADS 64

#endif
