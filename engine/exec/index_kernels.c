/*
** index_kernels.c: IOTA, CONCAT, UNSLICE and reading and adding by index.
**
** Every operand with a distinguished dimension is seen as [outer, n, inner].
** Indices are 0-based here; messages count from 1 as users do. All entries of
** an index are checked before anything is written.
*/
#include <inttypes.h>
#include <string.h>

#include "exec/along.h"

/* Elements are moved one by one too often for a call of memcpy. */
static inline void move(char *to, const char *from, size_t bytes) {
  switch (bytes) {
    case 1: *to = *from; break;
    case 4: memcpy(to, from, 4); break;
    case 8: memcpy(to, from, 8); break;
    case 16: memcpy(to, from, 16); break;
    default: memcpy(to, from, bytes);
  }
}

/* ---- IOTA, CONCAT, UNSLICE ---- */

weyl_status weyl_kernel_IOTA(const weyl_call *c) {
  int64_t *out = c->out.data;
  for (int64_t i = 0; i < c->out.size; i++) out[i] = i;
  return WEYL_OK;
}

/* attr: dim. Each input fills its part of every outer slice of the output. */
weyl_status weyl_kernel_CONCAT(const weyl_call *c) {
  size_t size = weyl_dtype_size(c->out.dtype);
  span o = split(&c->out, c->attr[0]);
  char *part = c->out.data;
  for (int k = 0; k < c->nin; k++) {
    span s = split(&c->in[k], c->attr[0]);
    size_t bytes = s.n * s.inner * size;
    const char *from = c->in[k].data;
    for (size_t i = 0; i < o.outer && bytes > 0; i++)
      move(part + i * o.n * o.inner * size, from + i * bytes, bytes);
    part += bytes;
  }
  return WEYL_OK;
}

/* Writes x [dims[d], ..] into the output from `to` on; returns the rest. */
static const char *spread(const weyl_call *c, int d, char *to,
                          const int64_t *stride, const char *from) {
  const weyl_operand *x = &c->in[0];
  const int64_t *pair = c->attr + x->rank + 2 * d;
  size_t size = weyl_dtype_size(x->dtype);
  if (d == x->rank) {
    move(to, from, size);
    return from + size;
  }
  to += pair[0] * stride[d];
  if (d == x->rank - 1 && pair[1] == 1) {
    memcpy(to, from, (size_t)x->dims[d] * size);
    return from + (size_t)x->dims[d] * size;
  }
  for (int64_t i = 0; i < x->dims[d]; i++)
    from = spread(c, d + 1, to + i * pair[1] * stride[d], stride, from);
  return from;
}

/* attr: full dims, then start and step per dim; zeros where x is not. */
weyl_status weyl_kernel_UNSLICE(const weyl_call *c) {
  int64_t stride[WEYL_MAX_RANK]; /* of the output, in bytes */
  int64_t step = (int64_t)weyl_dtype_size(c->out.dtype);
  memset(c->out.data, 0, (size_t)c->out.size * (size_t)step);
  if (c->in[0].size == 0) return WEYL_OK;
  for (int d = c->out.rank - 1; d >= 0; d--) {
    stride[d] = step;
    step *= c->out.dims[d];
  }
  spread(c, 0, c->out.data, stride, c->in[0].data);
  return WEYL_OK;
}

/* ---- indices ---- */

/* Whether all entries of the index (input 2) lie in x's dim (attr 0). */
static weyl_status check_index(const weyl_call *c, const char *name) {
  const int64_t *index = c->in[1].data, dim = c->attr[0];
  int64_t n = c->in[0].dims[dim];
  char shape[WEYL_SHAPE_TEXT];
  for (int64_t i = 0; i < c->in[1].size; i++) {
    if (index[i] >= 0 && index[i] < n) continue;
    return weyl_fail(
        WEYL_EINVAL,
        "%s: entry %" PRId64 " of index is %" PRId64 ", but dimension %" PRId64
        " of x %s has positions 1 to %" PRId64,
        name, i + 1, index[i] + 1, dim + 1,
        weyl_shape_text(shape, c->in[0].rank, c->in[0].dims), n);
  }
  return WEYL_OK;
}

/* x [outer, n, inner], index and output [outer, k, inner] */
weyl_status weyl_kernel_GATHER(const weyl_call *c) {
  const int64_t *index = c->in[1].data;
  const char *x = c->in[0].data;
  char *out = c->out.data;
  size_t size = weyl_dtype_size(c->out.dtype);
  span s = split(&c->in[0], c->attr[0]), o = split(&c->out, c->attr[0]);
  if (check_index(c, "gather") != WEYL_OK) return WEYL_EINVAL;
  for (size_t i = 0; i < o.outer; i++, x += s.n * s.inner * size)
    for (size_t j = 0; j < o.n; j++)
      for (size_t k = 0; k < o.inner; k++, out += size)
        move(out, x + ((size_t)*index++ * s.inner + k) * size, size);
  return WEYL_OK;
}

/* x [outer, n, inner], index [k], output [outer, k, inner] */
weyl_status weyl_kernel_TAKE(const weyl_call *c) {
  const int64_t *index = c->in[1].data;
  const char *x = c->in[0].data;
  char *out = c->out.data;
  span s = split(&c->in[0], c->attr[0]), o = split(&c->out, c->attr[0]);
  size_t bytes = s.inner * weyl_dtype_size(c->out.dtype);
  if (check_index(c, "take") != WEYL_OK) return WEYL_EINVAL;
  if (bytes == 0) return WEYL_OK;
  for (size_t i = 0; i < o.outer; i++, x += s.n * bytes)
    for (size_t j = 0; j < o.n; j++, out += bytes)
      move(out, x + (size_t)index[j] * bytes, bytes);
  return WEYL_OK;
}

/*
** Adding src [outer, k, inner] to x [outer, n, inner]: SCATTER_ADD reads an
** index of src's shape, INDEX_ADD one of [k]. Entries are added in order, so
** that sums over repeated indices do not depend on threads.
*/
#define ADDER(name, T)                                                      \
  static void scatter_##name(T *out, const T *src, const int64_t *index,    \
                             span s, size_t k, size_t width) {              \
    for (size_t i = 0; i < s.outer; i++, out += s.n * s.inner * width)      \
      for (size_t j = 0; j < k; j++)                                        \
        for (size_t l = 0; l < s.inner; l++) {                              \
          T *to = out + ((size_t)*index++ * s.inner + l) * width;           \
          for (size_t w = 0; w < width; w++) to[w] += *src++;               \
        }                                                                   \
  }                                                                         \
  static void add_rows_##name(T *out, const T *src, const int64_t *index,   \
                              span s, size_t k, size_t width) {             \
    size_t row = s.inner * width;                                           \
    for (size_t i = 0; i < s.outer; i++, out += s.n * row)                  \
      for (size_t j = 0; j < k; j++, src += row) {                          \
        T *to = out + (size_t)index[j] * row;                               \
        for (size_t l = 0; l < row; l++) to[l] += src[l];                   \
      }                                                                     \
  }
ADDER(f32, float)
ADDER(f64, double)
ADDER(i64, uint64_t) /* modulo 2^64 */

/* Calls the adder `kind` of the output's dtype. */
#define ADD(kind)                                                           \
  do {                                                                      \
    size_t width = weyl_is_complex(c->out.dtype) ? 2 : 1;                   \
    switch (weyl_real_of(c->out.dtype)) {                                   \
      case WEYL_F32: kind##_f32(out, src, index, s, k, width); break;       \
      case WEYL_F64: kind##_f64(out, src, index, s, k, width); break;       \
      default: kind##_i64(out, src, index, s, k, width); break;             \
    }                                                                       \
  } while (0)

static void copy_x(const weyl_call *c) {
  size_t bytes = (size_t)c->out.size * weyl_dtype_size(c->out.dtype);
  if (bytes > 0) memcpy(c->out.data, c->in[0].data, bytes);
}

weyl_status weyl_kernel_SCATTER_ADD(const weyl_call *c) {
  const int64_t *index = c->in[1].data;
  const void *src = c->in[2].data;
  void *out = c->out.data;
  span s = split(&c->out, c->attr[0]);
  size_t k = (size_t)c->in[1].dims[c->attr[0]];
  if (check_index(c, "scatter_add") != WEYL_OK) return WEYL_EINVAL;
  copy_x(c);
  ADD(scatter);
  return WEYL_OK;
}

weyl_status weyl_kernel_INDEX_ADD(const weyl_call *c) {
  const int64_t *index = c->in[1].data;
  const void *src = c->in[2].data;
  void *out = c->out.data;
  span s = split(&c->out, c->attr[0]);
  size_t k = (size_t)c->in[1].size;
  if (check_index(c, "index_add") != WEYL_OK) return WEYL_EINVAL;
  copy_x(c);
  ADD(add_rows);
  return WEYL_OK;
}
