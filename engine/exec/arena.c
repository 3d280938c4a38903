/*
** arena.c: places temporaries in one block of memory so that values alive at
** the same time do not overlap. First fit, in order of birth.
*/
#include <string.h>

#include "exec/plan.h"

/* Lowest offset where `bytes` fit beside the placed values that live on. */
static size_t first_fit(const weyl_plan *p, const size_t *bytes,
                        const int32_t *first, const int32_t *last,
                        size_t i) {
  size_t at = 0;
  for (int moved = 1; moved;) {
    moved = 0;
    for (size_t j = 0; j < i; j++) {
      if (last[j] < first[i] || first[j] > last[i]) continue;
      if (at < p->temp[j] + bytes[j] && p->temp[j] < at + bytes[i]) {
        at = p->temp[j] + bytes[j];
        moved = 1;
      }
    }
  }
  return at;
}

weyl_status weyl_arena_place(weyl_plan *p, const size_t *bytes,
                             const int32_t *first, const int32_t *last) {
  p->temp = weyl_region_array(&p->region, p->ntemp, sizeof *p->temp);
  if (p->temp == NULL) return WEYL_ENOMEM;
  p->arena = 0;
  for (size_t i = 0; i < p->ntemp; i++) {
    p->temp[i] = first_fit(p, bytes, first, last, i);
    if (bytes[i] > SIZE_MAX / 2 - p->temp[i])
      return weyl_fail(WEYL_ENOMEM, "out of memory: intermediate results "
                       "take more than 2^63 bytes");
    size_t end = p->temp[i] + bytes[i];
    if (end > p->arena) p->arena = end;
  }
  return WEYL_OK;
}
