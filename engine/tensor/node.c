/*
** node.c: making and dropping the nodes of the graph.
**
** A node is one allocation: header, dims (room for the highest rank), attrs,
** inputs, inline data. Releasing walks an explicit list, never the C stack,
** so a graph a million nodes deep is dropped safely.
*/
#include <string.h>

#include "tensor/tensor.h"

static uint64_t next_id = 1;
static uint64_t last_mark = 0;
static size_t pending = 0;

size_t weyl_pending(void) { return pending; }

uint64_t weyl_new_mark(void) { return ++last_mark; }

/* ---- lines of user code ---- */

enum { LINE_TEXT = 120 };
static struct {
  char (*text)[LINE_TEXT];
  size_t n, cap;
  int32_t current; /* 1-based; 0: none */
} lines;

const char *weyl_line_text(int32_t line) {
  return line > 0 && (size_t)line <= lines.n ? lines.text[line - 1] : NULL;
}

void weyl_set_line(const char *text) {
  lines.current = 0;
  if (text == NULL) return;
  for (size_t i = lines.n; i-- > 0;)
    if (strncmp(lines.text[i], text, LINE_TEXT - 1) == 0) {
      lines.current = (int32_t)i + 1;
      return;
    }
  if (!weyl_grow(&lines.text, &lines.cap, lines.n + 1, LINE_TEXT)) return;
  strncpy(lines.text[lines.n], text, LINE_TEXT - 1);
  lines.text[lines.n][LINE_TEXT - 1] = 0;
  lines.current = (int32_t)++lines.n;
}

/* ---- nodes ---- */

/*
** Nodes of common size come from a list of freed ones: the collector frees
** them by the thousand, which malloc's own caches are not made for.
*/
enum { BLOCK = 296, SPARE_MAX = 8192 };

static struct {
  void *first; /* each holds a pointer to the next */
  int n;
} spare;

static void *take_block(size_t bytes) {
  if (bytes > BLOCK) return weyl_malloc(bytes);
  if (spare.n == 0) return weyl_malloc(BLOCK);
  void **p = spare.first;
  spare.first = *p;
  spare.n--;
  return p;
}

static void give_block(weyl_tensor *t) {
  if (!(t->flags & NODE_POOLED) || spare.n == SPARE_MAX) {
    weyl_free(t);
    return;
  }
  void **p = (void **)(void *)t;
  *p = spare.first;
  spare.first = p;
  spare.n++;
}

void weyl_nodes_trim(void) {
  while (spare.n > 0) {
    void **p = spare.first;
    spare.first = *p;
    spare.n--;
    weyl_free(p);
  }
}

/* Elements of a tensor: bytes are counted in 64 bits. */
#define SIZE_LIMIT (INT64_MAX / 16)

/* Allocates with room for the arrays; fields zero, inputs retained. */
static weyl_tensor *alloc_node(weyl_opcode op, int nin,
                               weyl_tensor *const *in, int nattr,
                               const int64_t *attr, size_t extra) {
  size_t dims = WEYL_MAX_RANK * sizeof(int64_t);
  size_t attrs = (size_t)nattr * sizeof(int64_t);
  size_t ins = (size_t)nin * sizeof(weyl_tensor *);
  size_t bytes = sizeof(weyl_tensor) + dims + attrs + ins + extra;
  char *p = take_block(bytes);
  if (p == NULL) return NULL;
  weyl_tensor *t = (weyl_tensor *)p;
  memset(t, 0, sizeof *t);
  t->refs = 1;
  t->flags = bytes <= BLOCK ? NODE_POOLED : 0;
  t->op = (uint16_t)op;
  t->nattr = (uint16_t)nattr;
  t->nin = (uint32_t)nin;
  t->id = next_id++;
  t->line = lines.current;
  t->dims = (int64_t *)(p + sizeof *t);
  t->attr = t->dims + WEYL_MAX_RANK;
  t->in = (weyl_tensor **)(t->attr + nattr);
  if (nattr > 0) memcpy(t->attr, attr, attrs);
  for (int i = 0; i < nin; i++) {
    t->in[i] = in[i];
    in[i]->refs++;
    t->flags |= in[i]->flags & NODE_TRACED;
    if (in[i]->depth > t->depth) t->depth = in[i]->depth;
  }
  t->depth++;
  pending++;
  return t;
}

weyl_tensor *weyl_make(weyl_opcode op, int nin, weyl_tensor *const *in,
                       int nattr, const int64_t *attr) {
  weyl_tensor *t = alloc_node(op, nin, in, nattr, attr, 0);
  if (t == NULL) return NULL;
  if (weyl_ops[op].infer(t) != WEYL_OK) {
    weyl_release(t);
    return NULL;
  }
  t->size = weyl_count(t->rank, t->dims);
  if (t->size < 0 || t->size > SIZE_LIMIT) {
    char text[WEYL_SHAPE_TEXT];
    weyl_fail(WEYL_EINVAL, "%s: shape %s has too many elements",
              weyl_ops[op].name, weyl_shape_text(text, t->rank, t->dims));
    weyl_release(t);
    return NULL;
  }
  return t;
}

/* ---- leaves ---- */

static weyl_tensor *leaf_node(int dtype, int rank, const int64_t *dims,
                              size_t extra) {
  int64_t size = weyl_count(rank, dims);
  if (size < 0 || size > SIZE_LIMIT) {
    char text[WEYL_SHAPE_TEXT];
    weyl_fail(WEYL_EINVAL, "shape %s is not possible",
              weyl_shape_text(text, rank, dims));
    return NULL;
  }
  weyl_tensor *t = alloc_node(OP_LEAF, 0, NULL, 0, NULL, extra);
  if (t == NULL) return NULL;
  t->dtype = (uint8_t)dtype;
  t->rank = (uint8_t)rank;
  if (rank > 0) memcpy(t->dims, dims, (size_t)rank * sizeof *dims);
  t->size = size;
  t->depth = 0;
  return t;
}

/* A leaf that got its storage is pending no more. */
static weyl_tensor *settle(weyl_tensor *t, weyl_buffer *b, void *data) {
  t->buf = b;
  t->data = data;
  pending--;
  return t;
}

weyl_tensor *weyl_leaf(int dtype, int rank, const int64_t *dims) {
  weyl_tensor *t = leaf_node(dtype, rank, dims, 0);
  if (t == NULL) return NULL;
  weyl_buffer *b = weyl_buffer_new((size_t)t->size * weyl_dtype_size(dtype));
  if (b == NULL) {
    weyl_release(t);
    return NULL;
  }
  return settle(t, b, b->data);
}

weyl_tensor *weyl_leaf_buffer(int dtype, int rank, const int64_t *dims,
                              weyl_buffer *b) {
  weyl_tensor *t = leaf_node(dtype, rank, dims, 0);
  if (t == NULL) return NULL;
  weyl_buffer_retain(b);
  return settle(t, b, b->data);
}

weyl_tensor *weyl_leaf_inline(int dtype, int rank, const int64_t *dims,
                              const void *data) {
  weyl_tensor *t = leaf_node(dtype, rank, dims, 64);
  if (t == NULL) return NULL;
  t->flags |= NODE_INLINE;
  void *room = t->in; /* no inputs: the extra bytes start here */
  memcpy(room, data, (size_t)t->size * weyl_dtype_size(dtype));
  return settle(t, NULL, room);
}

weyl_tensor *weyl_scalar(int dtype, double re) {
  union { float f[2]; double d[2]; int64_t i; uint8_t b; } v = {{0, 0}};
  switch (dtype) {
    case WEYL_F32: case WEYL_C64: v.f[0] = (float)re; break;
    case WEYL_F64: case WEYL_C128: v.d[0] = re; v.d[1] = 0; break;
    case WEYL_I64: v.i = (int64_t)re; break;
    default: v.b = re != 0; break;
  }
  return weyl_leaf_inline(dtype, 0, NULL, &v);
}

weyl_tensor *weyl_scalar_i64(int64_t v) {
  return weyl_leaf_inline(WEYL_I64, 0, NULL, &v);
}

/* ---- references ---- */

void weyl_retain(weyl_tensor *t) { t->refs++; }

/*
** Drops one reference to t; a node that has none left goes on the list of
** the dead, chained through `data` once its storage is gone.
*/
static void drop(weyl_tensor *t, weyl_tensor **dead) {
  if (--t->refs > 0) return;
  if (t->data == NULL) pending--;
  weyl_buffer_release(t->buf);
  t->data = *dead;
  *dead = t;
}

static void bury(weyl_tensor *dead) {
  while (dead != NULL) {
    weyl_tensor *t = dead;
    dead = t->data;
    for (uint32_t i = 0; i < t->nin; i++) {
      weyl_tensor *list = dead;
      drop(t->in[i], &list);
      dead = list;
    }
    give_block(t);
  }
}

void weyl_release(weyl_tensor *t) {
  if (t == NULL) return;
  weyl_tensor *dead = NULL;
  drop(t, &dead);
  bury(dead);
}

void weyl_forget_inputs(weyl_tensor *t) {
  weyl_tensor *dead = NULL;
  uint32_t n = t->nin;
  t->nin = 0;
  for (uint32_t i = 0; i < n; i++) drop(t->in[i], &dead);
  bury(dead);
}

/* The executor gives a pending node its storage (takes over b). */
void weyl_settle(weyl_tensor *t, weyl_buffer *b) {
  settle(t, b, b->data);
  t->depth = 0;
}
