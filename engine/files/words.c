/*
** words.c: different words, numbered; an open hash table of numbers.
**
** Invariant: at most half of the slots are taken.
*/
#include "files/words.h"

#include <string.h>

#include "base/memory.h"

/* FNV-1a. */
static uint64_t hash(weyl_text word) {
  uint64_t h = UINT64_C(14695981039346656037);
  for (size_t i = 0; i < word.n; i++)
    h = (h ^ (unsigned char)word.at[i]) * UINT64_C(1099511628211);
  return h ^ h >> 32;
}

static int same(weyl_text a, weyl_text b) {
  return a.n == b.n && memcmp(a.at, b.at, a.n) == 0;
}

/* The slot of a word, or the free one where it belongs. */
static size_t *slot_of(const weyl_words *w, weyl_text word) {
  size_t i = hash(word) & (w->nslots - 1);
  while (w->slots[i] != 0 && !same(w->list[w->slots[i] - 1], word))
    i = (i + 1) & (w->nslots - 1);
  return &w->slots[i];
}

static int more_slots(weyl_words *w) {
  size_t nslots = w->nslots > 0 ? 2 * w->nslots : 64;
  size_t *slots = weyl_calloc(nslots, sizeof *slots);
  if (slots == NULL) return 0;
  weyl_free(w->slots);
  w->slots = slots;
  w->nslots = nslots;
  for (size_t i = 0; i < w->n; i++) *slot_of(w, w->list[i]) = i + 1;
  return 1;
}

int64_t weyl_words_code(weyl_words *w, weyl_text word) {
  if (2 * (w->n + 1) > w->nslots && !more_slots(w)) return 0;
  size_t *slot = slot_of(w, word);
  if (*slot != 0) return (int64_t)*slot;
  if (!weyl_grow(&w->list, &w->room, w->n + 1, sizeof *w->list)) return 0;
  char *copy = weyl_region_alloc(&w->region, word.n + 1);
  if (copy == NULL) return 0;
  memcpy(copy, word.at, word.n);
  w->list[w->n++] = (weyl_text){copy, word.n};
  *slot = w->n;
  return (int64_t)w->n;
}

size_t weyl_words_count(const weyl_words *w) { return w->n; }

weyl_text weyl_words_at(const weyl_words *w, size_t code) {
  return w->list[code - 1];
}

void weyl_words_clear(weyl_words *w) {
  weyl_region_clear(&w->region);
  weyl_free(w->list);
  weyl_free(w->slots);
  *w = (weyl_words){0};
}
