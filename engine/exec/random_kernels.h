/*
** random_kernels.h: how many counters a draw uses.
*/
#ifndef weyl_random_kernels_h
#define weyl_random_kernels_h

#include "tensor/tensor.h"

/*
** Philox blocks to reserve for n elements drawn by `op` (UNIFORM, NORMAL,
** INTEGERS, PERMUTATION); dtype matters for the first two.
*/
uint64_t weyl_random_blocks(int op, int dtype, int64_t n);

#endif
