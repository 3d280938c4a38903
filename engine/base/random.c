/*
** random.c: Philox4x32-10 and the registry of named streams.
**
** Layout of a block, fixed for good because saved runs depend on it:
**   key     = seed low, seed high
**   counter = block low, block high, stream id low, stream id high
*/
#include "base/random.h"

#include <stddef.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"

void weyl_philox(uint64_t seed, uint64_t id, uint64_t counter,
                 uint32_t out[4]) {
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  uint32_t a = (uint32_t)counter, b = (uint32_t)(counter >> 32);
  uint32_t c = (uint32_t)id, d = (uint32_t)(id >> 32);
  for (int round = 0; round < WEYL_PHILOX_ROUNDS; round++) {
    weyl_philox_round(k0, k1, &a, &b, &c, &d);
    weyl_philox_key(&k0, &k1);
  }
  out[0] = a, out[1] = b, out[2] = c, out[3] = d;
}

double weyl_uniform53(uint32_t hi, uint32_t lo) {
  uint64_t w = (uint64_t)hi << 32 | lo;
  return (double)(int64_t)(w >> 11) * 0x1p-53;
}

float weyl_uniform24(uint32_t word) {
  return (float)(int32_t)(word >> 8) * 0x1p-24f;
}

/* ---- named streams ---- */

typedef struct named {
  struct named *next;
  weyl_stream stream;
  char name[];
} named;

static named *streams;
static uint64_t seed_now;

uint64_t weyl_stream_id(const char *name) {
  uint64_t h = 0xCBF29CE484222325u;
  for (const char *p = name; *p != '\0'; p++)
    h = (h ^ (unsigned char)*p) * 0x100000001B3u;
  return h != 0 ? h : 1;
}

void weyl_seed(uint64_t seed) {
  seed_now = seed;
  while (streams != NULL) {
    named *s = streams;
    streams = s->next;
    weyl_free(s);
  }
}

weyl_stream *weyl_stream_named(const char *name) {
  if (name == NULL) name = "default";
  for (named *s = streams; s != NULL; s = s->next)
    if (strcmp(s->name, name) == 0) return &s->stream;
  size_t length = strlen(name) + 1;
  named *s = weyl_malloc(sizeof *s + length);
  if (s == NULL) return NULL;
  memcpy(s->name, name, length);
  s->stream = (weyl_stream){seed_now, weyl_stream_id(name), 0};
  s->next = streams;
  streams = s;
  return &s->stream;
}

uint64_t weyl_seed_now(void) { return seed_now; }

weyl_stream *weyl_stream_next(const weyl_stream *s, const char **name) {
  named *next = streams;
  if (s != NULL)
    next = ((const named *)(const void *)((const char *)s -
                                          offsetof(named, stream)))->next;
  if (next == NULL) return NULL;
  *name = next->name;
  return &next->stream;
}

uint64_t weyl_stream_reserve(weyl_stream *s, uint64_t blocks) {
  uint64_t first = s->counter;
  s->counter += blocks;
  return first;
}
