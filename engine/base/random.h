/*
** random.h: counter-based random numbers, Philox4x32-10 (Salmon et al.,
** "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
**
** A stream is (seed, stream id, counter). A block of four 32-bit words is a
** pure function of those, so a draw that reserved counters [c, c + n) gives
** the same numbers whatever the thread count or the order of evaluation.
*/
#ifndef weyl_random_h
#define weyl_random_h

#include <stdint.h>

#include "weyl.h"

typedef struct weyl_stream {
  uint64_t seed;    /* key */
  uint64_t id;      /* upper half of the counter: which named stream */
  uint64_t counter; /* lower half: next unused block */
} weyl_stream;

/* The four words of block `counter` of stream `id` under `seed`. */
void weyl_philox(uint64_t seed, uint64_t id, uint64_t counter,
                 uint32_t out[4]);

/*
** One round on a block and the step of its key, for code that computes many
** blocks side by side. Constants: section 5.3 of the paper.
*/
#define WEYL_PHILOX_ROUNDS 10

static inline void weyl_philox_round(uint32_t k0, uint32_t k1, uint32_t *a,
                                     uint32_t *b, uint32_t *c, uint32_t *d) {
  uint64_t p = (uint64_t)*a * 0xD2511F53u, q = (uint64_t)*c * 0xCD9E8D57u;
  *a = (uint32_t)(q >> 32) ^ *b ^ k0;
  *c = (uint32_t)(p >> 32) ^ *d ^ k1;
  *b = (uint32_t)q;
  *d = (uint32_t)p;
}

static inline void weyl_philox_key(uint32_t *k0, uint32_t *k1) {
  *k0 += 0x9E3779B9u; /* golden ratio */
  *k1 += 0xBB67AE85u; /* sqrt(3) - 1 */
}

/* Stream id of a name: FNV-1a of its bytes, never 0. */
uint64_t weyl_stream_id(const char *name);

/*
** The process's named streams. weyl_seed sets the seed and forgets all
** streams; weyl_stream_named finds or makes one (NULL name: "default") and
** returns NULL with a message when memory is out.
*/
weyl_stream *weyl_stream_named(const char *name);

/*
** What a checkpoint needs: the seed, and the streams in turn (NULL first,
** NULL after the last). Restored by weyl_seed and setting their counters.
*/
uint64_t weyl_seed_now(void);
weyl_stream *weyl_stream_next(const weyl_stream *s, const char **name);

/* Reserves `blocks` blocks and returns the first one's counter. */
uint64_t weyl_stream_reserve(weyl_stream *s, uint64_t blocks);

/* 53-bit uniform in [0, 1) from two words; 24-bit for f32 from one. */
double weyl_uniform53(uint32_t hi, uint32_t lo);
float weyl_uniform24(uint32_t word);

#endif
