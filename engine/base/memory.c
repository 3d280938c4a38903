/*
** memory.c: the counting allocator and tensor storage.
**
** Counters are plain integers: the engine is called from one thread and its
** workers never allocate. Sizes are what malloc really handed out, so that
** frees need no size. Some buffers are kept after release and handed out
** again for requests of the same size: a training loop asks for the same
** sizes at every step, and fresh pages cost more than the work done in them.
*/
#include "base/memory.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

static weyl_memory_stats stats;

static struct {
  uint64_t countdown; /* 0: off */
  int persistent, hit;
} fault;

/*
** Released buffers waiting to be asked for again. Small ones lie in lists by
** size, chained through their data; large ones in a short array.
*/
enum { KEPT_MAX = 8, BINS = 256 };
#define KEEP_SMALL ((size_t)8 << 20)  /* most bytes of small ones kept */
#define KEEP_LARGE ((size_t)48 << 20) /* and of large ones */

static struct {
  weyl_buffer *item[KEPT_MAX];
  int n;
  size_t bytes;
} kept;

static weyl_buffer *bin[BINS];
static size_t bin_bytes;

/* Whether an injected fault refuses this request. */
static int injected(void) {
  if (fault.countdown == 0) return 0;
  if (fault.countdown > 1) {
    fault.countdown--;
    return 0;
  }
  fault.hit = 1;
  if (!fault.persistent) fault.countdown = 0;
  return 1;
}

static weyl_buffer *take_small(size_t i) {
  weyl_buffer *b = bin[i];
  if (b == NULL) return NULL;
  memcpy(&bin[i], b->data, sizeof b);
  bin_bytes -= b->bytes;
  return b;
}

static int keep_small(weyl_buffer *b, size_t i) {
  if (bin_bytes + b->bytes > KEEP_SMALL) return 0;
  memcpy(b->data, &bin[i], sizeof b);
  bin[i] = b;
  bin_bytes += b->bytes;
  return 1;
}

static weyl_buffer *take_large(size_t padded) {
  for (int i = kept.n - 1; i >= 0; i--) {
    weyl_buffer *b = kept.item[i];
    if (b->bytes != padded) continue;
    kept.item[i] = kept.item[--kept.n];
    kept.bytes -= padded;
    return b;
  }
  return NULL;
}

static int keep_large(weyl_buffer *b) {
  if (kept.n == KEPT_MAX || kept.bytes + b->bytes > KEEP_LARGE) return 0;
  kept.item[kept.n++] = b;
  kept.bytes += b->bytes;
  return 1;
}

static void drop_kept(void) {
  while (kept.n > 0) {
    weyl_buffer *b = kept.item[--kept.n];
    kept.bytes -= b->bytes;
    weyl_free(b);
  }
  for (size_t i = 0; i < BINS; i++)
    while (bin[i] != NULL) weyl_free(take_small(i));
}

static void *refuse(size_t bytes) {
  if (stats.cap > 0)
    weyl_fail(WEYL_ENOMEM,
              "out of memory: %zu bytes asked, %zu live, cap %zu", bytes,
              stats.live, stats.cap);
  else
    weyl_fail(WEYL_ENOMEM, "out of memory: %zu bytes asked, %zu live, no cap",
              bytes, stats.live);
  return NULL;
}

/* Makes sure `bytes` more fit under the cap; gives up kept buffers for it. */
static int fits(size_t bytes) {
  if (stats.cap == 0 || stats.live + bytes <= stats.cap) return 1;
  drop_kept();
  return stats.live + bytes <= stats.cap;
}

static void *count(void *p) {
  stats.live += malloc_usable_size(p);
  stats.allocations++;
  if (stats.live > stats.peak) stats.peak = stats.live;
  return p;
}

void *weyl_malloc(size_t bytes) {
  if (injected() || !fits(bytes)) return refuse(bytes);
  void *p = malloc(bytes > 0 ? bytes : 1);
  return p != NULL ? count(p) : refuse(bytes);
}

void *weyl_calloc(size_t n, size_t size) {
  if (size > 0 && n > SIZE_MAX / size) return refuse(SIZE_MAX);
  if (injected() || !fits(n * size)) return refuse(n * size);
  void *p = n * size > 0 ? calloc(n, size) : malloc(1);
  return p != NULL ? count(p) : refuse(n * size);
}

void *weyl_realloc(void *p, size_t bytes) {
  size_t old = p != NULL ? malloc_usable_size(p) : 0;
  if (p == NULL) return weyl_malloc(bytes);
  if (bytes > old && (injected() || !fits(bytes - old))) return refuse(bytes);
  void *q = realloc(p, bytes > 0 ? bytes : 1);
  if (q == NULL) return refuse(bytes);
  stats.live -= old;
  return count(q);
}

void weyl_free(void *p) {
  if (p == NULL) return;
  stats.live -= malloc_usable_size(p);
  free(p);
}

int weyl_grow(void *p, size_t *cap, size_t need, size_t size) {
  if (need <= *cap) return 1;
  size_t n = *cap < 16 ? 16 : *cap;
  while (n < need) n += n;
  void **array = p;
  if (n > SIZE_MAX / size) return refuse(SIZE_MAX) != NULL;
  void *q = weyl_realloc(*array, n * size);
  if (q == NULL) return 0;
  *array = q;
  *cap = n;
  return 1;
}

/* ---- tensor storage ---- */

/* The header takes one alignment unit in front of the data. */
static weyl_buffer *buffer_alloc(size_t padded) {
  size_t bytes = padded + WEYL_ALIGN;
  if (injected() || !fits(bytes)) return refuse(bytes);
  weyl_buffer *b = aligned_alloc(WEYL_ALIGN, bytes);
  if (b == NULL) {
    drop_kept();
    b = aligned_alloc(WEYL_ALIGN, bytes);
  }
  if (b == NULL) return refuse(bytes);
  count(b);
  b->bytes = padded;
  b->data = (char *)b + WEYL_ALIGN;
  return b;
}

weyl_buffer *weyl_buffer_new(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return refuse(bytes);
  /* one whole pad behind the last element, whatever the size */
  size_t padded = (bytes + 2 * WEYL_PAD - 1) / WEYL_PAD * WEYL_PAD;
  size_t i = padded / WEYL_PAD;
  weyl_buffer *b = i < BINS ? take_small(i) : take_large(padded);
  if (b == NULL) b = buffer_alloc(padded);
  if (b == NULL) return NULL;
  b->refs = 1;
  memset((char *)b->data + bytes, 0, padded - bytes);
  stats.buffers += padded;
  return b;
}

void weyl_buffer_retain(weyl_buffer *b) {
  if (b != NULL) b->refs++;
}

void weyl_buffer_release(weyl_buffer *b) {
  if (b == NULL || --b->refs > 0) return;
  stats.buffers -= b->bytes;
  size_t i = b->bytes / WEYL_PAD;
  if (!(i < BINS ? keep_small(b, i) : keep_large(b))) weyl_free(b);
}

/* ---- reports and limits ---- */

weyl_memory_stats weyl_memory(void) { return stats; }

size_t weyl_buffer_bytes(void) { return stats.buffers; }

void weyl_memory_set_cap(size_t bytes) {
  stats.cap = bytes;
  if (bytes > 0 && stats.live > bytes) drop_kept();
}

void weyl_memory_reset_peak(void) { stats.peak = stats.live; }

void weyl_memory_trim(void) { drop_kept(); }

void weyl_memory_fail_at(uint64_t n, int persistent) {
  fault.countdown = n;
  fault.persistent = persistent;
  fault.hit = 0;
}

int weyl_memory_fault_hit(void) { return fault.hit; }
