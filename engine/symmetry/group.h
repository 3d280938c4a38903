/*
** group.h: a matrix group by generators.
**
** A group acting on V = R^d is a set of Lie algebra matrices A_k and of
** discrete elements h_i; its elements are the products of exp(sum z_k A_k)
** and of powers of the h_i. It has no name: two groups are the same when
** their generators are.
**
** Invariants: a group never changes; generators are finite; every h_i has an
** inverse; -0 is stored as 0, so equal matrices have equal bytes.
*/
#ifndef weyl_group_h
#define weyl_group_h

#include <stddef.h>
#include <stdint.h>

#include "base/random.h"
#include "weyl.h"

/* What is known of the uniform (Haar) distribution of a group. */
typedef enum weyl_haar {
  WEYL_HAAR_NONE, /* not compact, or not known */
  WEYL_HAAR_WALK, /* the sampler of weyl_group_walk is uniform already */
  WEYL_HAAR_SO,   /* SO(k) on the listed axes */
  WEYL_HAAR_O     /* O(k) on the listed axes */
} weyl_haar;

typedef struct weyl_group {
  uint32_t refs;
  int d, nlie, ndiscrete;
  int orthogonal;    /* A^T = -A and h^T h = I for all generators */
  double *lie;       /* [nlie, d, d] */
  double *scale;     /* [nlie] spread of z_k when sampling */
  double *discrete;  /* [ndiscrete, d, d] */
  double *inverse;   /* [ndiscrete, d, d] */
  weyl_haar haar;
  int naxes, *axes;  /* of SO(k) and O(k), 0-based */
} weyl_group;

typedef struct weyl_group_spec { /* matrices row-major; all is copied */
  int d, nlie, ndiscrete;
  const double *lie, *discrete;
  const double *scale;   /* NULL: ones */
  weyl_haar haar;
  int naxes;
  const int *axes;       /* 0-based, distinct */
} weyl_group_spec;

/* A new reference; NULL with a message when a generator is not valid. */
weyl_group *weyl_group_new(const weyl_group_spec *spec);
void weyl_group_retain(weyl_group *g);
void weyl_group_release(weyl_group *g); /* NULL allowed */

/* Whether d and all generators are equal, in order. */
int weyl_group_equal(const weyl_group *a, const weyl_group *b);

/* y = x^-1 for a matrix [d, d] in f64; fails when x is singular. */
weyl_status weyl_group_invert(int d, const double *x, double *y);

/* ---- sampling (sample.c); out is [n, d, d] ---- */

/*
** EMLP's sampler: exp(sum z_k scale_k A_k) with normal z, then three rounds
** over the discrete generators in random order, each to a power drawn from
** -5 .. 4. It is not uniform unless haar says WEYL_HAAR_WALK.
*/
weyl_status weyl_group_walk(const weyl_group *g, weyl_stream *s, int64_t n,
                            double *out);

/* out [n, m]: independent standard normal numbers */
weyl_status weyl_stream_normal(weyl_stream *s, int64_t n, int64_t m,
                               double *out);

/* out [n]: independent uniform ones of 0 .. bound - 1, bound >= 1 */
void weyl_stream_below(weyl_stream *s, int bound, int64_t n, int64_t *out);

/* out [n, size]: independent uniform orders of 0 .. size - 1 */
weyl_status weyl_stream_shuffles(weyl_stream *s, int size, int64_t n,
                                 int64_t *out);

/* Uniform elements; fails when the group has no such sampler. */
weyl_status weyl_group_haar(const weyl_group *g, weyl_stream *s, int64_t n,
                            double *out);

#endif
