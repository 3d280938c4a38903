/*
** compose.h: what the public functions (compose*.c) share.
**
** Each is `int weyl_build_<name>(B *b, const weyl_arg *a, T **out)`: a holds
** the arguments in the order of its line in ops.def; it returns the number
** of results, 0 with a message. Dimensions in weyl_arg are 0-based, integers
** and shapes are as the user wrote them.
*/
#ifndef weyl_compose_h
#define weyl_compose_h

#include "tensor/build.h"

static inline int compose_one(T **out, T *y) {
  out[0] = y;
  return y != NULL;
}

static inline int compose_two(T **out, T *y, T *z) {
  out[0] = y;
  out[1] = z;
  return y != NULL && z != NULL ? 2 : 0;
}

/* The dtype asked for, else the fallback. */
static inline int compose_dtype(const weyl_arg *a, int fallback) {
  return a->given ? (int)a->i : fallback;
}

/* 1 when the argument is a possible shape. */
int compose_shape_ok(const char *name, const weyl_arg *shape);

/* 1 when x is f32 or f64 or, if allowed, complex. */
int compose_inexact(const char *name, const T *x, int complex);

/* The dim given, else the fallback; -1 with a message when x has none. */
int compose_dim(const char *name, const T *x, const weyl_arg *dim,
                int fallback);

/* Bits of the dims given, of all when none are. */
uint32_t compose_mask(const T *x, const weyl_arg *dims);

/* |x|^2, real and smooth. */
T *compose_modulus2(B *b, T *x);

#endif
