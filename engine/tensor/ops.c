/*
** ops.c: the two tables made from ops.def: primitives and public functions.
**
** Shape rules and builders are declared here from the same lines, so a line
** without its rule or builder does not link.
*/
#include "tensor/build.h"

#define NODE(id, name, kind, arity, infer) \
  weyl_status weyl_infer_##infer(weyl_tensor *node);
#define FUNC(name, args, build, doc, sample) build
#define PRIM(id)
#define CALL(f) int weyl_build_##f(B *b, const weyl_arg *a, T **out);
#include "tensor/ops.def"
#undef NODE
#undef FUNC
#undef PRIM
#undef CALL

const weyl_opinfo weyl_ops[WEYL_NOPS] = {
#define NODE(id, name, kind, arity, infer) \
  [OP_##id] = {name, kind, arity, weyl_infer_##infer},
#define FUNC(name, args, build, doc, sample)
#include "tensor/ops.def"
#undef NODE
#undef FUNC
};

const weyl_func weyl_funcs[] = {
#define NODE(id, name, kind, arity, infer)
#define FUNC(name, args, build, doc, sample) {name, args, build, doc, sample},
#define PRIM(id) NULL, OP_##id
#define CALL(f) weyl_build_##f, WEYL_NOPS
#include "tensor/ops.def"
#undef NODE
#undef FUNC
#undef PRIM
#undef CALL
};

const int weyl_nfuncs = sizeof(weyl_funcs) / sizeof(weyl_funcs[0]);
