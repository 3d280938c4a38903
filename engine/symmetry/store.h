/*
** store.h: bases on disk, so that costly ones are solved once per machine.
**
** A file holds the key it was made for, the generators on the word's spaces,
** and is used only when that is equal byte for byte, its checksum is right
** and what it says can be true; else it is as if it were not there. Reading
** runs no code; writing goes to a temporary name that is then renamed.
** Threads and BLAS core are part of the key, as they may change last bits.
**
** Files lie in the folder WEYL_CACHE of the environment, unless that is
** empty; by default in weyl/ below XDG_CACHE_HOME or below ~/.cache.
*/
#ifndef weyl_store_h
#define weyl_store_h

#include "symmetry/basis.h"

/* Whether a basis of words of n entries is worth a file. */
int weyl_store_wants(const weyl_spaces *s, int64_t n);

/* A new reference, NULL when there is none that is right. */
weyl_basis *weyl_store_load(const weyl_spaces *s, const weyl_word *w);
/* Does nothing when it cannot. */
void weyl_store_save(const weyl_spaces *s, const weyl_word *w,
                     const weyl_basis *b);

/* The folder in use, "" for none; valid until the next call. */
const char *weyl_store_folder(void);

#endif
