/*
** words.h: different words, numbered from 1 as they come up.
*/
#ifndef weyl_words_h
#define weyl_words_h

#include <stddef.h>
#include <stdint.h>

#include "base/region.h"
#include "files/csv.h"

/* Starts as zeros. */
typedef struct weyl_words {
  weyl_region region;  /* of the words' bytes */
  weyl_text *list;     /* [n] */
  size_t n, room;
  size_t *slots;       /* [nslots], a power of 2; numbers, 0 for none */
  size_t nslots;
} weyl_words;

int64_t weyl_words_code(weyl_words *w, weyl_text word); /* 0: no memory */
size_t weyl_words_count(const weyl_words *w);
weyl_text weyl_words_at(const weyl_words *w, size_t code);
void weyl_words_clear(weyl_words *w); /* as at the start */

#endif
