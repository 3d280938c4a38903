/*
** cache.c: bases that were computed, by generators and word.
**
** The key is the generators themselves on the spaces of the word, held
** through references: never a name, which different groups may share.
** Bounded in number and in bytes; the entry unused for longest goes first.
** Bases in use outlive their entry.
*/
#include <string.h>

#include "symmetry/basis.h"
#include "symmetry/store.h"

enum { ENTRIES_MAX = 256 };

/* Bytes of all entries together, but for the newest. */
#define BYTES_MAX ((double)WEYL_BASIS_BYTES / 4)

/* The spaces of a word in order of appearance, and the word over them. */
typedef struct cache_key {
  int n;
  weyl_group *space[WEYL_MAX_FACTORS];
  int dim[WEYL_MAX_FACTORS];
  weyl_word word;
} cache_key;

static struct {
  struct {
    cache_key key;
    weyl_basis *basis;
    double bytes;  /* about what the basis takes */
    uint64_t used; /* clock of last use */
  } entry[ENTRIES_MAX];
  int n;
  double bytes;
  uint64_t clock;
} cache;

/* ---- keys ---- */

static int place_of(cache_key *k, weyl_group *g) {
  for (int i = 0; i < k->n; i++)
    if (weyl_group_equal(k->space[i], g)) return i;
  k->space[k->n] = g;
  k->dim[k->n] = g->d;
  return k->n++;
}

/* A word of rank 0 has no spaces: the group stands for its generators. */
static cache_key key_of(const weyl_spaces *s, const weyl_word *w) {
  cache_key k = {.word = *w};
  for (int f = 0; f < w->rank; f++) {
    weyl_group *g = s->space[w->kind[f]];
    k.word.kind[f] = (uint8_t)place_of(&k, g);
    if (g->orthogonal) k.word.duals &= ~(1u << f);
  }
  if (k.n == 0) place_of(&k, s->space[0]);
  return k;
}

static int same_key(const cache_key *a, const cache_key *b) {
  if (a->n != b->n || a->word.rank != b->word.rank ||
      a->word.duals != b->word.duals ||
      memcmp(a->word.kind, b->word.kind, sizeof a->word.kind) != 0)
    return 0;
  for (int i = 0; i < a->n; i++)
    if (!weyl_group_equal(a->space[i], b->space[i])) return 0;
  return 1;
}

/* ---- entries ---- */

static int find(const cache_key *k) {
  for (int i = 0; i < cache.n; i++)
    if (same_key(&cache.entry[i].key, k)) return i;
  return -1;
}

static void drop(int i) {
  for (int k = 0; k < cache.entry[i].key.n; k++)
    weyl_group_release(cache.entry[i].key.space[k]);
  weyl_basis_release(cache.entry[i].basis);
  cache.bytes -= cache.entry[i].bytes;
  cache.entry[i] = cache.entry[--cache.n];
}

static int oldest(void) {
  int at = 0;
  for (int i = 1; i < cache.n; i++)
    if (cache.entry[i].used < cache.entry[at].used) at = i;
  return at;
}

static double bytes_of(const weyl_basis *b) {
  double bytes = sizeof *b;
  for (int64_t i = 0; i < b->ncomponent; i++) {
    const weyl_component *c = &b->component[i];
    bytes += sizeof *c + 8 * (double)c->size * (double)(1 + c->dim);
  }
  return bytes;
}

/* Puts the basis in, which the entry then owns; its place. */
static int enter(const cache_key *k, weyl_basis *b) {
  while (cache.n == ENTRIES_MAX || (cache.n > 0 && cache.bytes > BYTES_MAX))
    drop(oldest());
  int at = cache.n++;
  cache.entry[at].bytes = bytes_of(b);
  cache.bytes += cache.entry[at].bytes;
  for (int i = 0; i < k->n; i++) weyl_group_retain(k->space[i]);
  cache.entry[at].key = *k;
  cache.entry[at].basis = b;
  return at;
}

/* From the disk, or solved and put there. */
static weyl_basis *stored(const weyl_spaces *s, const weyl_word *w) {
  int64_t n = weyl_word_size(w, s->dim);
  int worth = weyl_store_wants(s, n);
  weyl_basis *b = worth ? weyl_store_load(s, w) : NULL;
  if (b != NULL) return b;
  b = weyl_basis_solve(s, w);
  if (b != NULL && worth) weyl_store_save(s, w, b);
  return b;
}

/* The invariants under one group. */
static weyl_basis *single(const weyl_spaces *s, const weyl_word *w) {
  cache_key k = key_of(s, w);
  int at = find(&k);
  if (at < 0) {
    weyl_spaces own = {k.n, k.dim, k.space, NULL};
    weyl_basis *b = stored(&own, &k.word);
    if (b == NULL) return NULL;
    at = enter(&k, b);
  }
  cache.entry[at].used = ++cache.clock;
  cache.entry[at].basis->refs++;
  return cache.entry[at].basis;
}

weyl_basis *weyl_basis_of(const weyl_spaces *s, const weyl_word *w) {
  weyl_basis *b = single(s, w);
  for (const weyl_spaces *t = s->also; b != NULL && t != NULL; t = t->also) {
    weyl_basis *a = b, *c = single(t, w);
    b = c != NULL ? weyl_basis_sum(a, c) : NULL;
    weyl_basis_release(a);
    weyl_basis_release(c);
  }
  return b;
}

void weyl_basis_trim(void) {
  while (cache.n > 0) drop(cache.n - 1);
}
