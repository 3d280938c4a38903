/*
** dispatch.c: the choice of kernels, once per process, and what reductions
** start from.
**
** The best instruction set the processor reports is taken; the environment
** variable WEYL_ISA (v1, v3 or v4) can ask for a lower one. valgrind reports
** only what it can run, so the same program works under it.
*/
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "exec/kernels.h"

/* clang 14 cannot ask for every feature: its builds have the baseline only. */
#if defined(__x86_64__) && !defined(__clang__)
#define LEVELS 1
#endif

typedef void (*fill)(weyl_kernel_table *t);
void weyl_fill_elementwise_v1(weyl_kernel_table *t);
void weyl_fill_reduce_v1(weyl_kernel_table *t);
void weyl_fill_chain_v1(weyl_kernel_table *t);
void weyl_fill_update_v1(weyl_kernel_table *t);
#ifdef LEVELS
void weyl_fill_elementwise_v3(weyl_kernel_table *t);
void weyl_fill_reduce_v3(weyl_kernel_table *t);
void weyl_fill_chain_v3(weyl_kernel_table *t);
void weyl_fill_update_v3(weyl_kernel_table *t);
void weyl_fill_elementwise_v4(weyl_kernel_table *t);
void weyl_fill_reduce_v4(weyl_kernel_table *t);
void weyl_fill_chain_v4(weyl_kernel_table *t);
void weyl_fill_update_v4(weyl_kernel_table *t);
#endif

/* Best first; the last one runs everywhere. */
static const struct level {
  const char *name, *isa;
  fill elementwise, reduce, chain, update;
} levels[] = {
#ifdef LEVELS
    {"v4", "x86-64-v4", weyl_fill_elementwise_v4, weyl_fill_reduce_v4,
     weyl_fill_chain_v4, weyl_fill_update_v4},
    {"v3", "x86-64-v3", weyl_fill_elementwise_v3, weyl_fill_reduce_v3,
     weyl_fill_chain_v3, weyl_fill_update_v3},
#endif
    {"v1", "baseline", weyl_fill_elementwise_v1, weyl_fill_reduce_v1,
     weyl_fill_chain_v1, weyl_fill_update_v1}};

/* Every feature of the level that a compiler may use, see the x86-64 psABI. */
static int supported(const struct level *l) {
#ifdef LEVELS
  int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
           __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
           __builtin_cpu_supports("lzcnt") && __builtin_cpu_supports("movbe") &&
           __builtin_cpu_supports("f16c");
  int v4 = v3 && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") &&
           __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  if (strcmp(l->name, "v4") == 0) return v4;
  if (strcmp(l->name, "v3") == 0) return v3;
#endif
  return l->name != NULL;
}

static weyl_kernel_table table;

static void choose(void) {
  const char *asked = getenv("WEYL_ISA");
  const struct level *l = levels;
  /* levels above the one asked for are skipped; unknown names ask nothing */
  for (const struct level *k = levels; asked != NULL; k++) {
    if (strcmp(k->name, asked) == 0) l = k;
    if (strcmp(k->name, "v1") == 0) break;
  }
  while (!supported(l)) l++;
  table.isa = l->isa;
  l->elementwise(&table);
  l->reduce(&table);
  l->chain(&table);
  l->update(&table);
}

const weyl_kernel_table *weyl_kernels(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, choose);
  return &table;
}

/* ---- reductions ---- */

int weyl_accumulator(int op, int dtype) {
  if (op != OP_SUM && op != OP_PROD) return dtype;
  return dtype == WEYL_F32 ? WEYL_F64 : dtype == WEYL_C64 ? WEYL_C128 : dtype;
}

/* The least (sign -1) or greatest (sign 1) value of a dtype. */
static void write_extreme(int dtype, int sign, void *acc) {
  switch (dtype) {
    case WEYL_F32: *(float *)acc = (float)sign * INFINITY; break;
    case WEYL_F64: *(double *)acc = sign * (double)INFINITY; break;
    case WEYL_I64: *(int64_t *)acc = sign < 0 ? INT64_MIN : INT64_MAX; break;
    default: *(uint8_t *)acc = sign > 0; break;
  }
}

static void write_number(int dtype, int v, void *acc) {
  switch (dtype) {
    case WEYL_F64: *(double *)acc = v; break;
    case WEYL_C128:
      ((double *)acc)[0] = v;
      ((double *)acc)[1] = 0;
      break;
    case WEYL_I64: *(int64_t *)acc = v; break;
    default: *(uint8_t *)acc = (uint8_t)v; break;
  }
}

void weyl_neutral(int op, int dtype, void *acc) {
  switch (op) {
    case OP_MAX: write_extreme(dtype, -1, acc); break;
    case OP_MIN: write_extreme(dtype, 1, acc); break;
    default:
      write_number(weyl_accumulator(op, dtype), op == OP_PROD || op == OP_ALL,
                   acc);
  }
}
