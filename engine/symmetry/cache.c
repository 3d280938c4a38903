/*
** cache.c: bases that were computed, by generators and word.
**
** The key is the generators themselves, held through a reference to the
** group: never a name, which different groups may share. Bounded; the entry
** unused for longest goes first. Bases in use outlive their entry.
*/
#include <string.h>

#include "symmetry/basis.h"

enum { ENTRIES_MAX = 256 };

static struct {
  struct {
    weyl_group *group;
    weyl_word word;
    weyl_basis *basis;
    uint64_t used; /* clock of last use */
  } entry[ENTRIES_MAX];
  int n;
  uint64_t clock;
} cache;

static int find(const weyl_group *g, weyl_word w) {
  for (int i = 0; i < cache.n; i++)
    if (cache.entry[i].word.rank == w.rank &&
        cache.entry[i].word.duals == w.duals &&
        weyl_group_equal(cache.entry[i].group, g))
      return i;
  return -1;
}

static void drop(int i) {
  weyl_group_release(cache.entry[i].group);
  weyl_basis_release(cache.entry[i].basis);
  cache.entry[i] = cache.entry[--cache.n];
}

static int oldest(void) {
  int at = 0;
  for (int i = 1; i < cache.n; i++)
    if (cache.entry[i].used < cache.entry[at].used) at = i;
  return at;
}

/* Puts the basis in, which the entry then owns; its place. */
static int enter(weyl_group *g, weyl_word w, weyl_basis *b) {
  if (cache.n == ENTRIES_MAX) drop(oldest());
  int at = cache.n++;
  weyl_group_retain(g);
  cache.entry[at].group = g;
  cache.entry[at].word = w;
  cache.entry[at].basis = b;
  return at;
}

weyl_basis *weyl_basis_of(weyl_group *g, weyl_word w) {
  if (g->orthogonal) w.duals = 0;
  int at = find(g, w);
  if (at < 0) {
    weyl_basis *b = weyl_basis_solve(g, w);
    if (b == NULL) return NULL;
    at = enter(g, w, b);
  }
  cache.entry[at].used = ++cache.clock;
  cache.entry[at].basis->refs++;
  return cache.entry[at].basis;
}

void weyl_basis_trim(void) {
  while (cache.n > 0) drop(cache.n - 1);
}
