/*
** isa.h: what the files compiled once per instruction set share.
**
** WEYL_ISA is v1, v3 or v4 (the x86-64 levels) and names the exports; on
** other machines there is one compilation, v1. Loops are written so that gcc
** vectorises them, calls of the math library included.
*/
#ifndef weyl_isa_h
#define weyl_isa_h

#include <math.h>

#include "exec/kernels.h"

#ifndef WEYL_ISA
#define WEYL_ISA v1
#endif

#define ISA_JOIN(name, isa) name##_##isa
#define ISA_NAME(name, isa) ISA_JOIN(name, isa)

/* Each fills its part of the table; t starts as zeros. */
#define weyl_fill_elementwise ISA_NAME(weyl_fill_elementwise, WEYL_ISA)
#define weyl_fill_reduce ISA_NAME(weyl_fill_reduce, WEYL_ISA)
#define weyl_fill_update ISA_NAME(weyl_fill_update, WEYL_ISA)
#define weyl_fill_chain ISA_NAME(weyl_fill_chain, WEYL_ISA)
void weyl_fill_chain(weyl_kernel_table *t);
void weyl_fill_elementwise(weyl_kernel_table *t);
void weyl_fill_reduce(weyl_kernel_table *t);
void weyl_fill_update(weyl_kernel_table *t);

/*
** Before a loop whose iterations are independent: a store may only hit what
** the same iteration has read.
*/
#define SIMD _Pragma("omp simd")

/*
** glibc has vector versions of these in libmvec, which <math.h> declares only
** under -ffast-math. Their error, measured against long double on 10^5
** arguments each of every size, is at most 4 ulp, and special values (signed
** zeros, infinities, NaN, subnormals) are those of the scalar functions.
*/
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)
#if __GLIBC_PREREQ(2, 35)
#define VECTOR __attribute__((simd("notinbranch")))
#define VECTOR1(fn) \
  VECTOR double fn(double); \
  VECTOR float fn##f(float);
#define VECTOR2(fn) \
  VECTOR double fn(double, double); \
  VECTOR float fn##f(float, float);
VECTOR1(exp) VECTOR1(expm1) VECTOR1(log) VECTOR1(log1p)
VECTOR1(sin) VECTOR1(cos) VECTOR1(tan)
VECTOR1(asin) VECTOR1(acos) VECTOR1(atan)
VECTOR1(sinh) VECTOR1(cosh) VECTOR1(tanh)
VECTOR1(erf) VECTOR1(erfc)
VECTOR2(pow) VECTOR2(atan2) VECTOR2(hypot)
#endif
#endif

#endif
