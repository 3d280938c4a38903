/*
** tensor.h: the node of the lazy graph.
**
** A tensor is an immutable node: an operation, its inputs, a shape, a dtype
** and, once computed, a buffer. Making a node checks shapes and dtypes and
** computes nothing (see exec/ for the computing).
**
** Invariants:
** - dims, attr and in never change after weyl_make returns;
** - `data` is set once; when it is set the node is evaluated and, unless it
**   is traced, it has let go of its inputs (nin == 0);
** - an evaluated node is contiguous, row-major;
** - inputs have smaller ids than the nodes made from them: id order is a
**   topological order.
*/
#ifndef weyl_tensor_h
#define weyl_tensor_h

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/memory.h"

/* Opcodes of the graph's primitives, one per NODE line of ops.def. */
typedef enum weyl_opcode {
#define NODE(id, name, kind, arity, infer) OP_##id,
#define FUNC(name, args, build, doc, sample)
#include "tensor/ops.def"
#undef NODE
#undef FUNC
  WEYL_NOPS
} weyl_opcode;

/* How the executor treats a primitive. */
typedef enum weyl_kind {
  K_LEAF,        /* has data from the start */
  K_VIEW,        /* a strided reading of its first input; no work */
  K_ELEMENTWISE, /* same shape in and out; fuses */
  K_REDUCE,      /* attr[0] = bit mask of reduced dims; keeps them as 1 */
  K_MATMUL,      /* strided, batched */
  K_LIBRARY      /* a kernel over contiguous operands */
} weyl_kind;

enum { /* flags */
  NODE_TRACED = 1, /* depends on an input of an active transform */
  NODE_SEEN = 2,   /* was computed once as an intermediate: keep it next time */
  NODE_STALE = 4,  /* reading of a parameter that has changed since */
  NODE_INLINE = 8, /* data lies inside the node (scalars, random states) */
  NODE_POOLED = 16  /* of the common size */
};

struct weyl_tensor {
  uint32_t refs;
  uint16_t op;
  uint8_t dtype, rank;
  uint16_t nattr;
  uint8_t flags;
  uint32_t nin;
  uint32_t depth;     /* longest path of pending nodes below, itself counted */
  uint32_t slot;      /* index given by the current traversal */
  int32_t line;       /* index of the Lua line that made it, 0 unknown */
  uint64_t mark;      /* traversal stamp, see graph walks */
  uint64_t id;
  int64_t size;       /* number of elements */
  void *data;         /* NULL while pending */
  weyl_buffer *buf;   /* owner of data, NULL for inline data */
  int64_t *dims;      /* [rank] */
  int64_t *attr;      /* [nattr]; doubles are stored by their bits */
  weyl_tensor **in;   /* [nin] */
};

/* ---- dtypes (dtype.c) ---- */
static inline int weyl_is_float(int dt) { return dt <= WEYL_C128; }
static inline int weyl_is_complex(int dt) {
  return dt == WEYL_C64 || dt == WEYL_C128;
}
static inline int weyl_is_real(int dt) { return dt <= WEYL_F64; }
int weyl_real_of(int dtype);    /* c64 -> f32, c128 -> f64, others same */
int weyl_complex_of(int dtype); /* f32 -> c64, f64 -> c128, others same */
/* The dtype both promote to, or -1 (integers and floats do not mix). */
int weyl_promote(int a, int b);

/* ---- nodes (node.c) ---- */

/*
** Makes a node: runs the primitive's shape rule over inputs whose dtypes
** already agree. Returns a new reference, NULL with a message on failure.
** Does not steal references. `in` entries must not be NULL.
*/
weyl_tensor *weyl_make(weyl_opcode op, int nin, weyl_tensor *const *in,
                       int nattr, const int64_t *attr);

/* A leaf with a fresh buffer, contents undefined; fill weyl_data(t). */
weyl_tensor *weyl_leaf(int dtype, int rank, const int64_t *dims);
/* A leaf over an existing buffer (retained). */
weyl_tensor *weyl_leaf_buffer(int dtype, int rank, const int64_t *dims,
                              weyl_buffer *b);
/* A leaf with inline data (at most 64 bytes), copied from `data`. */
weyl_tensor *weyl_leaf_inline(int dtype, int rank, const int64_t *dims,
                              const void *data);
/* Rank-0 leaf of any dtype from a double (imaginary part 0). */
weyl_tensor *weyl_scalar(int dtype, double re);
weyl_tensor *weyl_scalar_i64(int64_t v);

/* Lets an evaluated node forget its inputs. */
void weyl_forget_inputs(weyl_tensor *t);
/* Gives a pending node its storage; takes over the reference to b. */
void weyl_settle(weyl_tensor *t, weyl_buffer *b);

static inline int weyl_evaluated(const weyl_tensor *t) {
  return t->data != NULL;
}
static inline int64_t weyl_dim(const weyl_tensor *t, int i) {
  return t->dims[i];
}

/* Gives up the storage of dropped nodes that is kept for new ones. */
void weyl_nodes_trim(void);

/* Number of pending (not evaluated) nodes alive. */
size_t weyl_pending(void);

/* A fresh traversal stamp: no node's mark equals it. */
uint64_t weyl_new_mark(void);

/*
** Lines of user code, for check_finite. While on, the binding sets the
** current line ("file:12") and every node made remembers it.
*/
void weyl_set_line(const char *text); /* NULL: none */
const char *weyl_line_text(int32_t line); /* NULL: unknown */

/* ---- shapes (shape.c) ---- */
/* "[2, 3]" into buf; returns buf. */
#define WEYL_SHAPE_TEXT 160
char *weyl_shape_text(char buf[WEYL_SHAPE_TEXT], int rank,
                      const int64_t *dims);
/* Product of dims, or -1 when negative or overflowing. */
int64_t weyl_count(int rank, const int64_t *dims);
/* NumPy broadcasting of two shapes; 0 when they do not fit. */
int weyl_broadcast(int ra, const int64_t *a, int rb, const int64_t *b,
                   int *rout, int64_t *out);
int weyl_same_shape(const weyl_tensor *a, const weyl_tensor *b);

/* ---- the table (ops.c) ---- */
typedef weyl_status (*weyl_infer)(weyl_tensor *node);
typedef struct weyl_opinfo {
  const char *name;
  uint8_t kind;
  int8_t arity; /* -1: any number */
  weyl_infer infer;
} weyl_opinfo;
extern const weyl_opinfo weyl_ops[WEYL_NOPS];

static inline double weyl_attr_double(const weyl_tensor *t, int i) {
  union { int64_t i; double d; } u;
  u.i = t->attr[i];
  return u.d;
}
static inline int64_t weyl_double_bits(double d) {
  union { int64_t i; double d; } u;
  u.d = d;
  return u.i;
}

#endif
