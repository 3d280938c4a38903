/*
** linalg_type.c: the typed routines of linear algebra, one table per dtype.
*/
#include <cblas.h>
#include <lapack.h>
#include <math.h>

#include "exec/linalg.h"

#define ELEM float
#define REAL float
#define COMPLEX 0
#define PARTS 1u
#define EPS 0x1p-23
#define ID(name) name##_f32
#define LP(name) LAPACK_s##name
#define CB(name) cblas_s##name
#define BY(v) (v)
#define CONJ(z) (z)
#define ABS(z) fabsf(z)
#include "exec/linalg_type.inc"

#define ELEM double
#define REAL double
#define COMPLEX 0
#define PARTS 1u
#define EPS 0x1p-52
#define ID(name) name##_f64
#define LP(name) LAPACK_d##name
#define CB(name) cblas_d##name
#define BY(v) (v)
#define CONJ(z) (z)
#define ABS(z) fabs(z)
#include "exec/linalg_type.inc"

#define ELEM float complex
#define REAL float
#define COMPLEX 1
#define PARTS 2u
#define EPS 0x1p-23
#define ID(name) name##_c64
#define LP(name) LAPACK_c##name
#define CB(name) cblas_c##name
#define BY(v) (&(ELEM){v})
#define CONJ(z) conjf(z)
#define ABS(z) cabsf(z)
#include "exec/linalg_type.inc"

#define ELEM double complex
#define REAL double
#define COMPLEX 1
#define PARTS 2u
#define EPS 0x1p-52
#define ID(name) name##_c128
#define LP(name) LAPACK_z##name
#define CB(name) cblas_z##name
#define BY(v) (&(ELEM){v})
#define CONJ(z) conj(z)
#define ABS(z) cabs(z)
#include "exec/linalg_type.inc"

const la_type *const la_types[WEYL_C128 + 1] = {
    [WEYL_F32] = &type_f32,
    [WEYL_F64] = &type_f64,
    [WEYL_C64] = &type_c64,
    [WEYL_C128] = &type_c128,
};
