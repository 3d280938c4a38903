/*
** memory.h: the one allocator. Everything the engine (and, in the program
** `weyl`, Lua itself) allocates is counted here and held under one cap.
**
** Invariants: live <= cap at all times; every block is freed by weyl_free;
** a refused request leaves everything as it was and fills the error message
** with bytes asked, live and cap.
*/
#ifndef weyl_memory_h
#define weyl_memory_h

#include <stddef.h>
#include <stdint.h>

#include "weyl.h"

/* All return NULL and fill the message (WEYL_ENOMEM) when refused. */
void *weyl_malloc(size_t bytes);
void *weyl_calloc(size_t count, size_t size); /* checks count * size */
void *weyl_realloc(void *p, size_t bytes);    /* p stays valid when refused */
void weyl_free(void *p);                      /* NULL is allowed */

/*
** Grows *p (an array of `size`-byte items with room for *cap) so that it can
** hold `need` items; doubles. Returns 0 and leaves all untouched on failure.
*/
int weyl_grow(void *p, size_t *cap, size_t need, size_t size);

/*
** Tensor storage: reference counted, 64-byte aligned, padded to a multiple of
** WEYL_PAD bytes so that a kernel may read and write whole vectors past the
** last element. The padding is zeroed when the buffer is made.
*/
#define WEYL_ALIGN 64
#define WEYL_PAD 256

typedef struct weyl_buffer {
  uint32_t refs;
  size_t bytes; /* padded size of data */
  void *data;
} weyl_buffer;

weyl_buffer *weyl_buffer_new(size_t bytes); /* refs = 1, contents undefined */
void weyl_buffer_retain(weyl_buffer *b);
void weyl_buffer_release(weyl_buffer *b);

typedef struct weyl_memory_stats {
  size_t live, peak, cap;      /* bytes of everything; cap 0 is unlimited */
  size_t buffers;              /* bytes of tensor buffers alive */
  uint64_t allocations;        /* since the start */
} weyl_memory_stats;

weyl_memory_stats weyl_memory(void);
size_t weyl_buffer_bytes(void); /* the field `buffers` alone */
void weyl_memory_reset_peak(void);
void weyl_memory_trim(void); /* gives up storage kept for reuse */

/*
** Fault injection for the specs: the n-th allocation from now (1 is the next)
** is refused, and with `persistent` every later one too. 0 switches it off.
** weyl_memory_fault_hit says whether one was refused since it was set.
*/
void weyl_memory_fail_at(uint64_t n, int persistent);
int weyl_memory_fault_hit(void);

#endif
