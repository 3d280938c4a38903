/*
** shape.c: sizes, texts and broadcasting of shapes.
**
** A shape is a rank and that many dims, each at least 0. Everything here is
** pure: nothing allocates, nothing fails with a message.
*/
#include "tensor/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Long shapes end in "...]"; what fits is cut between dims. */
char *weyl_shape_text(char buf[WEYL_SHAPE_TEXT], int rank,
                      const int64_t *dims) {
  char *p = buf;
  char *room = buf + WEYL_SHAPE_TEXT - 32; /* one number and the tail fit */
  int i = 0;
  *p++ = '[';
  for (; i < rank && p < room; i++)
    p += sprintf(p, i ? ", %" PRId64 : "%" PRId64, dims[i]);
  strcpy(p, i == rank ? "]" : ", ...]");
  return buf;
}

/* One empty dim makes the count 0, however large the others are. */
int64_t weyl_count(int rank, const int64_t *dims) {
  int64_t n = 1;
  int empty = 0, over = 0;
  for (int i = 0; i < rank; i++) {
    if (dims[i] < 0) return -1;
    if (dims[i] == 0)
      empty = 1;
    else
      over |= __builtin_mul_overflow(n, dims[i], &n);
  }
  if (empty) return 0;
  return over ? -1 : n;
}

/* Shapes are aligned at their ends; a missing dim counts as 1. */
int weyl_broadcast(int ra, const int64_t *a, int rb, const int64_t *b,
                   int *rout, int64_t *out) {
  int rank = ra > rb ? ra : rb;
  for (int i = 0; i < rank; i++) {
    int64_t da = i < rank - ra ? 1 : a[i - (rank - ra)];
    int64_t db = i < rank - rb ? 1 : b[i - (rank - rb)];
    if (da != db && da != 1 && db != 1) return 0;
    out[i] = da == 1 ? db : da;
  }
  *rout = rank;
  return 1;
}

int weyl_same_shape(const weyl_tensor *a, const weyl_tensor *b) {
  if (a->rank != b->rank) return 0;
  for (int i = 0; i < a->rank; i++)
    if (a->dims[i] != b->dims[i]) return 0;
  return 1;
}
