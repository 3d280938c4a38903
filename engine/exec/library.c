/*
** library.c: which kernel computes which library primitive.
*/
#include "exec/kernels.h"

/* One declaration and one entry per K_LIBRARY line of ops.def. */
#define DECLARE_K_LEAF(id)
#define DECLARE_K_VIEW(id)
#define DECLARE_K_ELEMENTWISE(id)
#define DECLARE_K_REDUCE(id)
#define DECLARE_K_MATMUL(id)
#define DECLARE_K_LIBRARY(id) weyl_status weyl_kernel_##id(const weyl_call *c);
#define NODE(id, name, kind, arity, infer) DECLARE_##kind(id)
#define FUNC(name, args, build, doc, sample)
#include "tensor/ops.def"
#undef NODE

#define ENTRY_K_LEAF(id)
#define ENTRY_K_VIEW(id)
#define ENTRY_K_ELEMENTWISE(id)
#define ENTRY_K_REDUCE(id)
#define ENTRY_K_MATMUL(id)
#define ENTRY_K_LIBRARY(id) [OP_##id] = weyl_kernel_##id,
#define NODE(id, name, kind, arity, infer) ENTRY_##kind(id)

const weyl_kernel weyl_library[WEYL_NOPS] = {
#include "tensor/ops.def"
};
