/*
** weyl.h: the engine's public face for C programs.
**
** A tensor is an immutable node of a lazy graph: an operation, its inputs, a
** shape, a dtype and, once computed, its elements (contiguous, row-major).
** Making one checks shapes and dtypes and computes nothing; weyl_eval, or
** asking for the data, computes. Derivatives are maps from graphs to graphs.
**
** Functions return a weyl_status, or NULL where they return a pointer, and
** leave a message; nothing prints, exits or jumps. References are counted:
** whoever gets a tensor from a function releases it. The engine is one per
** process and is called from one thread; it starts its own workers.
**
**   const float v[3] = {1, 2, 3};
**   weyl_tensor *x = weyl_from(WEYL_F32, 1, (int64_t[]){3}, v);
**   weyl_tensor *y = weyl_apply("tanh", 1, &x, 0, NULL);
**   const float *d = weyl_data(y);        -- computes; NULL on failure
**   weyl_release(y), weyl_release(x);
*/
#ifndef weyl_h
#define weyl_h

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors ---- */

typedef enum weyl_status {
  WEYL_OK = 0,
  WEYL_EINVAL,   /* an argument is wrong: shape, dtype, dimension, range */
  WEYL_ENOMEM,   /* allocation refused, by the system or by the cap */
  WEYL_ENUMERIC, /* the numbers forbid it: singular, not converged, NaN */
  WEYL_EIO,      /* a file could not be read or written */
  WEYL_ESTATE,   /* right call, wrong time: stale parameter, freed tensor */
  WEYL_ESTOP     /* weyl_interrupt asked for it */
} weyl_status;

/* The last failure's message on this thread; "" when there was none. */
const char *weyl_error_message(void);
/* The last failure's status on this thread. */
weyl_status weyl_error_status(void);

/* ---- tensors ---- */

typedef enum weyl_dtype {
  WEYL_F32, WEYL_F64, WEYL_C64, WEYL_C128, WEYL_I64, WEYL_BOOL, WEYL_NDTYPE
} weyl_dtype;

typedef struct weyl_tensor weyl_tensor;

#define WEYL_VERSION "0.1.0"

#define WEYL_MAX_RANK 12

size_t weyl_dtype_size(int dtype);
const char *weyl_dtype_name(int dtype); /* "f32", "f64", "c64" ... */
int weyl_dtype_parse(const char *name); /* -1 when unknown */

/* A tensor with a copy of the elements at `data` (row-major). */
weyl_tensor *weyl_from(int dtype, int rank, const int64_t *dims,
                       const void *data);

/*
** Applies a primitive of the graph by name ("add", "matmul", "sum" ...). Its
** attributes are those of the NODE lines of engine/tensor/ops.def: the mask
** of reduced dimensions of "sum", the new shape of "reshape", and so on.
** Dtypes of the inputs must agree; elementwise shapes broadcast.
*/
weyl_tensor *weyl_apply(const char *primitive, int nin,
                        weyl_tensor *const *in, int nattr,
                        const int64_t *attr);

void weyl_retain(weyl_tensor *t);
void weyl_release(weyl_tensor *t); /* NULL allowed */

int weyl_tensor_dtype(const weyl_tensor *t);
int weyl_tensor_rank(const weyl_tensor *t);
const int64_t *weyl_tensor_shape(const weyl_tensor *t); /* [rank] */

/* Computes every tensor of the list that is not computed yet. */
weyl_status weyl_eval(int n, weyl_tensor *const *ts);
/* The elements, computed if need be; valid while the tensor lives. */
const void *weyl_data(weyl_tensor *t);

/*
** Pulls cotangents `cot` of `out` back to `in`: grad[k] has in[k]'s shape and
** dtype (zeros where nothing depends on it). New references. NULL in cot[k]
** means ones, for a rank-0 output.
*/
weyl_status weyl_vjp(int nout, weyl_tensor *const *out,
                     weyl_tensor *const *cot, int nin,
                     weyl_tensor *const *in, weyl_tensor **grad);
/* Pushes tangents `tan` of `in` forward to `out`. New references. */
weyl_status weyl_jvp(int nin, weyl_tensor *const *in,
                     weyl_tensor *const *tan, int nout,
                     weyl_tensor *const *out, weyl_tensor **dout);

/* ---- the process ---- */

void weyl_seed(uint64_t seed);       /* restarts all random streams */
int weyl_threads(void);              /* threads in use, at least 1 */
int weyl_set_threads(int n);         /* returns the number now in use */
void weyl_memory_set_cap(size_t bytes); /* 0: no cap */

/*
** With on = 1 the computation that runs, or else the next one, fails soon
** with WEYL_ESTOP and has changed no tensor; 0 takes the request back. For
** signal handlers and other threads.
*/
void weyl_interrupt(int on);

#ifdef __cplusplus
}
#endif

#endif
