/*
** dtype.c: the element types and how they combine.
**
** Promotion is by kind and width: a mix of real and complex is complex, a
** mix of widths is the wider one. Integers and booleans become floats only
** when the user says so, so a mix with them has no common type.
*/
#include "tensor/tensor.h"

#include <string.h>

static const char *const names[WEYL_NDTYPE] = {"f32",  "f64", "c64",
                                               "c128", "i64", "bool"};
static const uint8_t sizes[WEYL_NDTYPE] = {4, 8, 8, 16, 8, 1};

size_t weyl_dtype_size(int dtype) {
  return sizes[dtype];
}

const char *weyl_dtype_name(int dtype) {
  return names[dtype];
}

int weyl_dtype_parse(const char *name) {
  for (int i = 0; i < WEYL_NDTYPE; i++)
    if (strcmp(names[i], name) == 0) return i;
  return -1;
}

int weyl_real_of(int dtype) {
  if (dtype == WEYL_C64) return WEYL_F32;
  return dtype == WEYL_C128 ? WEYL_F64 : dtype;
}

int weyl_complex_of(int dtype) {
  if (dtype == WEYL_F32) return WEYL_C64;
  return dtype == WEYL_F64 ? WEYL_C128 : dtype;
}

int weyl_promote(int a, int b) {
  if (a == b) return a;
  if (!weyl_is_float(a) || !weyl_is_float(b)) return -1;
  int wide = weyl_real_of(a) == WEYL_F64 || weyl_real_of(b) == WEYL_F64;
  int real = wide ? WEYL_F64 : WEYL_F32;
  return weyl_is_real(a) && weyl_is_real(b) ? real : weyl_complex_of(real);
}
