/*
** csv.h: a reader of text tables that is given bytes in pieces of any size.
**
** A table has rows of fields. A column is left out, holds numbers, or holds
** words, which are numbered in the order in which they come up. Rows pile up
** until they are taken: a reader that is drained between pieces needs no more
** memory than a piece, the longest row and the different words.
*/
#ifndef weyl_csv_h
#define weyl_csv_h

#include <stddef.h>
#include <stdint.h>

#include "weyl.h"

typedef enum weyl_csv_kind {
  WEYL_CSV_SKIP, WEYL_CSV_NUMBER, WEYL_CSV_WORD
} weyl_csv_kind;

/* Longest row in bytes; a quote left open would take the whole file. */
#define WEYL_CSV_ROW ((size_t)64 << 20)

#define WEYL_CSV_COLUMNS (1 << 20)

typedef struct weyl_csv weyl_csv;

typedef struct weyl_text {
  const char *at;
  size_t n;
} weyl_text;

typedef struct weyl_csv_format {
  char delimiter;  /* ' ' stands for any run of blanks and tabs */
  char quote;      /* 0 for none */
  char comment;    /* at the beginning of a line that is left out; 0: none */
  int nmissing;
  const weyl_text *missing; /* words for a missing value, as is nothing */
} weyl_csv_format;

weyl_csv *weyl_csv_new(const weyl_csv_format *f); /* NULL when refused */
void weyl_csv_free(weyl_csv *c);                  /* NULL allowed */

/*
** Says what the n columns hold, before any byte is fed; the first `skip` rows
** are only counted. Without this the first row tells how many columns there
** are, all of them hold words, and these are numbered together, as column 0's.
*/
weyl_status weyl_csv_columns(weyl_csv *c, size_t n, const unsigned char *kinds,
                             size_t skip);

/*
** Bytes are added by asking for room for n of them, NULL when refused, and
** saying how many were put there; weyl_csv_end says that there are no more.
*/
char *weyl_csv_room(weyl_csv *c, size_t n);
void weyl_csv_filled(weyl_csv *c, size_t n);
weyl_status weyl_csv_end(weyl_csv *c);

/*
** Reads rows out of the bytes that were fed until there are `most`, or no
** whole row is left. A failure names line and column (1-based) and the text.
*/
weyl_status weyl_csv_parse(weyl_csv *c, size_t most);

size_t weyl_csv_width(const weyl_csv *c); /* fields of a row; 0: not known */
size_t weyl_csv_rows(const weyl_csv *c);
void weyl_csv_drop(weyl_csv *c); /* forgets the rows, not the words */

/* Columns of numbers, and of words. */
size_t weyl_csv_nnumbers(const weyl_csv *c);
size_t weyl_csv_nwords(const weyl_csv *c);
/* [rows, nnumbers], in the columns' order; a missing value is NaN. */
const double *weyl_csv_numbers(const weyl_csv *c);
/* [rows, nwords], in the columns' order; from 1, and 0 for a missing value. */
const int64_t *weyl_csv_codes(const weyl_csv *c);
/* How many words the j-th column of words (from 0) has, and word k from 1. */
size_t weyl_csv_count(const weyl_csv *c, size_t j);
weyl_text weyl_csv_word(const weyl_csv *c, size_t j, size_t k);
void weyl_csv_forget(weyl_csv *c, size_t j); /* its words; rows are dropped */

#endif
