/*
** kernels.h: what the executor asks of its kernels.
**
** Elementwise kernels are compiled several times for different instruction
** sets from one source (elementwise.c, reduce.c); the best the machine has is
** chosen at start (weyl_kernels()).
*/
#ifndef weyl_kernels_h
#define weyl_kernels_h

#include "tensor/tensor.h"

/*
** out[i] = f(a[i], b[i], c[i]) for i < n. n is a multiple of 16; all pointers
** are valid for n elements; `out` may equal an operand whose elements have
** the same size, else no overlap.
** Pointers are aligned to the element size only. Unused operands are anything.
*/
typedef void (*weyl_ew_fn)(size_t n, void *out, const void *a, const void *b,
                           const void *c);

/*
** Folds x[0..n) into accumulators; n is any number.
** row: all into acc[0]. col: acc[i] (op)= x[i].
** The accumulator of SUM and PROD is wider than f32 and c64: f64 and c128;
** in every other case it has the dtype of x. NaN propagates in MAX and MIN.
*/
typedef void (*weyl_red_fn)(size_t n, void *acc, const void *x);

/*
** One optimizer step over n numbers: parameters p, gradients g, moments m and
** v (NULL when not kept). See optimizer.c for the constants.
*/
typedef struct weyl_update {
  double rate, l2, keep; /* p <- keep p - rate (...), g + l2 p */
  double beta1, beta2, epsilon, scale;
  int nesterov;
} weyl_update;
typedef void (*weyl_update_fn)(size_t n, const weyl_update *u, void *p,
                               const void *g, void *m, void *v);

/*
** A chain: acc = x, then acc = acc op operand for each micro-operation. The
** operand is register `reg`, or its first element when `scalar`; SQUARE and
** NEG have none (scalar is 1, reg any).
*/
typedef enum weyl_micro_code {
  WEYL_M_ADD, WEYL_M_SUB, WEYL_M_RSUB, WEYL_M_MUL, WEYL_M_DIV, WEYL_M_RDIV,
  WEYL_M_SQUARE, WEYL_M_NEG
} weyl_micro_code;

typedef struct weyl_micro {
  uint8_t code, scalar;
  uint16_t reg;
} weyl_micro;

typedef void (*weyl_chain_fn)(size_t n, void *out, const void *x, int nop,
                              const weyl_micro *op, char *const *reg);

/*
** out[i] = sum over r < rows of x_r[i] y_r[i], i < n, where row x_r begins at
** x + xrow[r] bytes. f32 is summed in f32 over 16 rows at most, then in f64.
*/
typedef void (*weyl_rowsum_fn)(size_t n, size_t rows, void *out,
                               const char *x, const int64_t *xrow,
                               const char *y, const int64_t *yrow);

typedef struct weyl_kernel_table {
  const char *isa; /* "x86-64-v4", "x86-64-v3", "baseline" */
  /* by opcode and by dtype of the inputs (of x, y for WHERE) */
  weyl_ew_fn ew[WEYL_NOPS][WEYL_NDTYPE];
  weyl_ew_fn cast[WEYL_NDTYPE][WEYL_NDTYPE]; /* [from][to] */
  weyl_red_fn row[WEYL_NOPS][WEYL_NDTYPE];
  weyl_red_fn col[WEYL_NOPS][WEYL_NDTYPE];
  weyl_chain_fn chain[WEYL_NDTYPE];   /* f32 and f64 only */
  weyl_rowsum_fn rowsum[WEYL_NDTYPE]; /* f32 and f64 only */
  /* weyl_philox for blocks counter, counter + 1, ...: words[4 * blocks] */
  void (*philox)(uint64_t seed, uint64_t id, uint64_t counter, size_t blocks,
                 uint32_t *words);
  weyl_update_fn sgd[2], adam[2]; /* of f32, f64 */
} weyl_kernel_table;

const weyl_kernel_table *weyl_kernels(void);

/* dtype of the accumulator of reduction `op` over `dtype`. */
int weyl_accumulator(int op, int dtype);
/* The reduction's neutral element, written as one accumulator value. */
void weyl_neutral(int op, int dtype, void *acc);

/*
** Library kernels (K_LIBRARY): contiguous row-major operands. They may
** allocate scratch with weyl_malloc and fail with a status and a message
** that begins with the operation's name.
*/
typedef struct weyl_operand {
  void *data;
  int dtype, rank;
  const int64_t *dims;
  int64_t size;
} weyl_operand;

typedef struct weyl_call {
  const weyl_operand *in;
  int nin, nattr;
  const int64_t *attr;
  weyl_operand out;
} weyl_call;

typedef weyl_status (*weyl_kernel)(const weyl_call *c);
extern const weyl_kernel weyl_library[WEYL_NOPS]; /* weyl_kernel_<ID> */

/*
** Threads of OpenBLAS from now on. Whoever calls it sets them by the size of
** the work alone, so that no result depends on what ran before.
*/
void weyl_blas_threads(int n);

#endif
