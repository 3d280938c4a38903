/*
** build.h: writing graph expressions in C as one writes formulas.
**
** A builder B owns every node made through it. All b_ functions accept NULL
** inputs and then return NULL, so a formula is written without checks and
** tested once at the end; the first failure's message stands. Closing a
** builder releases all but the results.
**
**   B b; b_open(&b);
**   T *y = b_div(&b, x, b_add(&b, b_const(&b, x, 1), b_exp(&b, x)));
**   return b_close(&b, y);            -- a new reference, or NULL
**
** Dimensions in this file are 0-based; shapes in comments are row-major.
*/
#ifndef weyl_build_h
#define weyl_build_h

#include "tensor/tensor.h"

typedef weyl_tensor T;

typedef struct weyl_builder {
  T **made;
  size_t n, cap;
  T *few[32]; /* first nodes, before `made` needs the heap */
} B;

void b_open(B *b);
T *b_close(B *b, T *result);               /* retains result */
int b_close_all(B *b, int n, T **results); /* retains each; 0 if any NULL */
T *b_own(B *b, T *t); /* puts a fresh reference (or NULL) under b's care */

/* ---- any primitive; dtypes must agree ---- */
T *b_op(B *b, weyl_opcode op, int nin, T *const *in, int nattr,
        const int64_t *attr);

/* ---- elementwise; binary ones promote dtypes and broadcast ---- */
T *b_unary(B *b, weyl_opcode op, T *x);
T *b_binary(B *b, weyl_opcode op, T *x, T *y);
T *b_where(B *b, T *cond, T *x, T *y);
T *b_cast(B *b, T *x, int dtype); /* x itself when it has that dtype */

#define b_neg(b, x) b_unary(b, OP_NEG, x)
#define b_abs(b, x) b_unary(b, OP_ABS, x)
#define b_sign(b, x) b_unary(b, OP_SIGN, x)
#define b_sqrt(b, x) b_unary(b, OP_SQRT, x)
#define b_square(b, x) b_unary(b, OP_SQUARE, x)
#define b_recip(b, x) b_unary(b, OP_RECIP, x)
#define b_exp(b, x) b_unary(b, OP_EXP, x)
#define b_log(b, x) b_unary(b, OP_LOG, x)
#define b_sin(b, x) b_unary(b, OP_SIN, x)
#define b_cos(b, x) b_unary(b, OP_COS, x)
#define b_real(b, x) b_unary(b, OP_REAL, x)
#define b_imag(b, x) b_unary(b, OP_IMAG, x)
#define b_not(b, x) b_unary(b, OP_NOT, x)
T *b_conj(B *b, T *x); /* x itself when real */
#define b_add(b, x, y) b_binary(b, OP_ADD, x, y)
#define b_sub(b, x, y) b_binary(b, OP_SUB, x, y)
#define b_mul(b, x, y) b_binary(b, OP_MUL, x, y)
#define b_div(b, x, y) b_binary(b, OP_DIV, x, y)
#define b_pow(b, x, y) b_binary(b, OP_POW, x, y)
#define b_eq(b, x, y) b_binary(b, OP_EQ, x, y)
#define b_ne(b, x, y) b_binary(b, OP_NE, x, y)
#define b_lt(b, x, y) b_binary(b, OP_LT, x, y)
#define b_le(b, x, y) b_binary(b, OP_LE, x, y)
#define b_gt(b, x, y) b_binary(b, OP_GT, x, y)
#define b_ge(b, x, y) b_binary(b, OP_GE, x, y)
#define b_and(b, x, y) b_binary(b, OP_AND, x, y)
T *b_const(B *b, T *like, double v);    /* rank-0, dtype of `like` */
T *b_scale(B *b, T *x, double v);       /* x * v */
T *b_offset(B *b, T *x, double v);      /* x + v */

/* ---- creation ---- */
T *b_scalar(B *b, int dtype, double v);
T *b_full(B *b, int dtype, int rank, const int64_t *dims, double v);
T *b_zeros_like(B *b, T *x);
T *b_ones_like(B *b, T *x);
T *b_iota(B *b, int64_t n);              /* i64 [n]: 0, 1, ... */
T *b_eye(B *b, int dtype, int64_t n, int64_t m);

/* ---- shape (views; no work) ---- */
T *b_reshape(B *b, T *x, int rank, const int64_t *dims);
T *b_reshape_like(B *b, T *x, const T *like);
T *b_permute(B *b, T *x, const int *perm);
T *b_swap(B *b, T *x, int i, int j);     /* exchanges dims i and j */
T *b_transpose(B *b, T *x);              /* exchanges the last two dims */
T *b_adjoint(B *b, T *x);                /* conjugate of that */
T *b_broadcast(B *b, T *x, int rank, const int64_t *dims);
T *b_broadcast_like(B *b, T *x, const T *like);
T *b_unsqueeze(B *b, T *x, int dim);     /* inserts a 1 before dim */
T *b_squeeze(B *b, T *x, int dim);       /* drops dim, which must be 1 */
T *b_slice(B *b, T *x, int dim, int64_t start, int64_t count, int64_t step);
T *b_flip(B *b, T *x, int dim);
T *b_diagonal(B *b, T *x);               /* [.., n, m] -> [.., min(n,m)] */
T *b_diag_embed(B *b, T *x);             /* [.., n] -> [.., n, n] */
T *b_stop(B *b, T *x);                   /* stop_gradient */

/* ---- reductions: mask has bit i set for dim i ---- */
T *b_reduce(B *b, weyl_opcode op, T *x, uint32_t mask, int keep);
T *b_sum(B *b, T *x, uint32_t mask, int keep);
T *b_sum_to(B *b, T *x, const T *like); /* undoes broadcasting from like */
#define b_all_dims(x) ((uint32_t)((1u << (x)->rank) - 1u))
#define b_last_dim(x) ((uint32_t)(1u << ((x)->rank - 1)))

/* ---- linear algebra ---- */
T *b_matmul(B *b, T *x, T *y);           /* [.., n, k] [.., k, m] */
T *b_concat(B *b, int n, T *const *xs, int dim);

/*
** ---- the public functions (FUNC lines of ops.def) ----
** A builder function reads parsed arguments and writes up to WEYL_MAX_OUT
** results; it returns their number, or 0 with a message. Results belong to b.
*/
#define WEYL_MAX_ARGS 8
#define WEYL_MAX_OUT 64

typedef struct weyl_arg {
  int given;          /* 0: optional argument left out (fields are zero) */
  T *t;               /* type T (borrowed) */
  int n;              /* types dims, shape, ints, list: how many;
                         type T: 1 when a number stood there, then in f */
  int64_t i;          /* types int, dim (0-based), bool, dtype */
  double f;           /* types num, T */
  const char *s;      /* type str */
  int64_t d[WEYL_MAX_RANK * 2]; /* dims (0-based, sorted), shape, ints */
  T **list;           /* type list: n tensors (borrowed) */
} weyl_arg;

typedef int (*weyl_build)(B *b, const weyl_arg *a, T **out);

typedef struct weyl_func {
  const char *name, *args;
  weyl_build build;   /* NULL: apply `op` to the tensor arguments */
  int op;
  const char *doc, *sample;
} weyl_func;

extern const weyl_func weyl_funcs[];
extern const int weyl_nfuncs;

#endif
