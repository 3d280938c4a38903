/*
** autodiff.h: derivatives as maps from graphs to graphs (weyl_vjp and
** weyl_jvp of weyl.h).
**
** Every primitive states its derivative once, in terms of the same
** primitives (rules_*.c), so every derivative can be differentiated again.
**
** Complex convention, stated here and nowhere else: tensors carry the real
** inner product <a, b> = Re sum conj(a) b. jvp is the directional derivative
** and vjp its adjoint under that product. Hence the gradient of a real loss
** L at z = x + iy is dL/dx + i dL/dy, the direction of steepest ascent; for a
** holomorphic f, jvp(t) = f'(z) t and vjp(g) = conj(f'(z)) g.
*/
#ifndef weyl_autodiff_h
#define weyl_autodiff_h

#include "tensor/build.h"

/*
** A rule. Exactly one of these forms is filled:
** - pd:  elementwise holomorphic: the partial derivative of output y with
**        respect to input i, broadcastable to y. NULL result with
**        *one = 1 means the constant 1, *one = -1 the constant -1.
** - vjp and jvp: vjp returns the cotangent of input i given that of y, in
**        input i's own shape and dtype; jvp the part of the tangent of y
**        that comes from tangent `t` of input i.
** - why: the reason it has none. Its derivative is then zero: nothing flows.
** A vjp or jvp may return NULL with *zero = 1: no dependence on that input.
*/
typedef struct weyl_rule {
  T *(*pd)(B *b, T *y, int i, int *one);
  T *(*vjp)(B *b, T *y, int i, T *g, int *zero);
  T *(*jvp)(B *b, T *y, int i, T *t, int *zero);
  const char *why;
} weyl_rule;

#define NODE(id, name, kind, arity, infer) \
  extern const weyl_rule weyl_rule_##id;
#define FUNC(name, args, build, doc, sample)
#include "tensor/ops.def"
#undef NODE
#undef FUNC

/* For primitives linear in their single input: re-applies y's operation. */
T *weyl_jvp_linear(B *b, T *y, int i, T *t, int *zero);

#endif
