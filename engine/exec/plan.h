/*
** plan.h: a compiled graph, inside the executor.
**
** A plan is a list of steps over numbered slots: first the leaves of the
** graph, then its outputs, then temporaries in the arena. It holds no
** reference to any node: the same plan runs for every graph of the same
** structure. All its memory is one region.
*/
#ifndef weyl_plan_h
#define weyl_plan_h

#include "base/region.h"
#include "exec/exec.h"
#include "exec/kernels.h"

/* ---- graph.c: the pending graph below some tensors, inputs first ---- */

typedef struct graph {
  weyl_tensor **node;  /* n nodes; node[i]->slot == i */
  uint8_t *out;        /* whether node i is to be kept */
  size_t n, nleaf, nout;
  uint64_t *key;       /* structure: equal keys have equal plans */
  size_t nkey;
  uint64_t hash;
} graph;

/* Storage of g is reused from call to call; nothing to free. */
weyl_status weyl_graph_walk(graph *g, int n, weyl_tensor *const *ts,
                            int debug);
void weyl_graph_trim(void); /* frees that storage */

/* ---- where a value lies ---- */

typedef struct ref {
  int32_t slot;
  int64_t offset; /* bytes */
} ref;

/* A strided reading; strides in elements. */
typedef struct view {
  int32_t base; /* index of the node whose storage is read */
  int rank;
  int64_t offset; /* elements */
  int64_t dims[WEYL_MAX_RANK], strides[WEYL_MAX_RANK];
} view;

/* ---- steps ---- */

/* ONE: a single value that only chains read, so that no block is filled. */
enum { LOAD_DIRECT, LOAD_SCALAR, LOAD_STRIDED, LOAD_ONE };

typedef struct load {
  ref at;
  uint8_t mode, size;    /* size: bytes per element */
  const int64_t *stride; /* bytes, per iteration dim; STRIDED only */
} load;

/* dst = fn(a, b, c), or a chain from a; registers hold one block. */
typedef struct instr {
  weyl_ew_fn fn;         /* NULL: a chain */
  uint16_t dst, a, b, c;
  weyl_chain_fn chain;
  const weyl_micro *op;
  int nop;
} instr;

/*
** An elementwise program over an iteration space, run block by block; its
** result is stored, or folded by a reduction. The space is then seen as
** [A, R, C]: rows to keep, entries to fold, columns to keep. C = 1 folds rows.
*/
typedef struct fused {
  int rank;
  const int64_t *dims;
  int64_t total;
  int nload, ncode, nreg, block;
  load *loads;
  instr *code;
  int result;           /* register */
  ref out;
  int outsize;          /* bytes per element of the result */
  int reduce;           /* opcode, or -1 */
  int64_t A, R, C;
  int r_from, c_from;   /* dims [r_from, c_from) are folded */
  int dtype, outdtype;  /* of the result before and after the reduction */
  int rowsum;           /* runs in rowsum.c */
} fused;

/* out[b] = a[b] b[b], all row-major [m, k] [k, n] up to transposition. */
typedef struct gemm {
  int dtype, ta, tb, nbatch;
  int64_t m, n, k, lda, ldb, batch;
  const int64_t *bdims, *astride, *bstride; /* per batch dim, elements */
  ref a, b, out;
} gemm;

typedef struct library {
  weyl_kernel fn;
  weyl_call call;       /* data pointers are filled in when run */
  weyl_operand *in;
  ref *at;              /* [nin] */
  ref out;
} library;

typedef enum stepkind { STEP_FUSED, STEP_GEMM, STEP_LIBRARY } stepkind;

typedef struct step {
  stepkind kind;
  int32_t node;         /* graph index of the node it computes */
  const char *name;     /* for profile and text */
  double flops, bytes;
  union { fused f; gemm g; library l; } u;
} step;

typedef struct weyl_plan {
  uint64_t hash;
  const uint64_t *key;
  size_t nkey;
  struct weyl_plan *next;     /* in its hash bucket */
  uint64_t used;              /* clock of last use, for eviction */
  weyl_region region;
  size_t nleaf, nout, ntemp, nstep;
  const int32_t *leaf, *outnode; /* graph indices */
  size_t *temp;               /* arena offset of each temporary */
  size_t arena;               /* bytes */
  size_t scratch;             /* bytes of registers per thread */
  size_t partial;             /* bytes of partial sums */
  step *steps;
} weyl_plan;

/* compile.c: NULL with a message on failure. debug: no fusion. */
weyl_plan *weyl_plan_compile(const graph *g, int debug);
void weyl_plan_free(weyl_plan *p);

/* emit.c: fills the fused step of the group with this root. */
typedef struct compiler compiler;
weyl_status weyl_emit_fused(compiler *c, step *s, int root);

/* arena.c: places temporaries [0, n) alive in [first, last] of steps. */
weyl_status weyl_arena_place(weyl_plan *p, const size_t *bytes,
                             const int32_t *first, const int32_t *last);

/* eval.c: the plan of the graph below some tensors, from the cache. */
weyl_plan *weyl_plan_of(graph *g, int n, weyl_tensor *const *ts);

/* run.c and below; ptr: data of every slot */
size_t weyl_arena_bytes(void);
void weyl_run_trim(void);
weyl_status weyl_plan_run(weyl_plan *p, const graph *g);
/* Registers of worker w at scratch + w * stride; sums at partial. */
void weyl_run_fused(const fused *f, char *const *ptr, char *scratch,
                    size_t stride, char *partial);
size_t weyl_fused_partials(const fused *f); /* bytes of sums it needs */
int weyl_is_rowsum(const fused *f, const weyl_kernel_table *k);
void weyl_run_rowsum(const fused *f, char *const *ptr);
void weyl_run_gemm(const gemm *g, char *const *ptr);

/* inspect.c */
void weyl_profile_note(const step *s, double seconds);
int weyl_profiling(void);
weyl_status weyl_find_nonfinite(const step *s, const graph *g,
                                char *const *ptr);

#endif
