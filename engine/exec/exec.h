/*
** exec.h: computing what was asked for, and looking in.
**
** weyl_eval (weyl.h) gives every tensor in the list its data. It plans the
** pending graph below them (views, fusion, memory), or finds the plan of an
** equal graph in the cache, and runs it. On failure no tensor has changed.
*/
#ifndef weyl_exec_h
#define weyl_exec_h

#include "tensor/tensor.h"

/* Every operation runs alone and its output is searched for NaN and Inf. */
void weyl_set_check_finite(int on);
int weyl_check_finite(void);

/* Counters per kernel, while on. */
typedef struct weyl_profile_row {
  char name[64];
  uint64_t calls;
  double seconds, flops, bytes;
} weyl_profile_row;
void weyl_profile_start(void);
int weyl_profile_stop(const weyl_profile_row **rows); /* number of rows */

/* The plan below the tensors as text; weyl_free it. NULL on failure. */
char *weyl_plan_text(int n, weyl_tensor *const *ts);

typedef struct weyl_plan_stats {
  uint64_t hits, misses;
  size_t plans, arena; /* plans in the cache; bytes of the arena */
} weyl_plan_stats;
weyl_plan_stats weyl_plans(void);
void weyl_plans_clear(void); /* drops plans and arena */

#endif
