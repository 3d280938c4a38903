/*
** ties.c: union-find with path halving. The root of a set is its smallest
** index, so sets are numbered in one pass.
*/
#include "symmetry/ties.h"

int weyl_ties_open(weyl_ties *t, weyl_region *r, int64_t n) {
  size_t count = (size_t)n, size = sizeof(int64_t);
  *t = (weyl_ties){.n = n};
  t->parent = weyl_region_array(r, count, size);
  t->set = weyl_region_array(r, count, size);
  t->place = weyl_region_array(r, count, size);
  t->member = weyl_region_array(r, count, size);
  t->start = weyl_region_array(r, count + 1, size);
  if (t->parent == NULL || t->set == NULL || t->place == NULL ||
      t->member == NULL || t->start == NULL)
    return 0;
  for (int64_t i = 0; i < n; i++) t->parent[i] = i;
  return 1;
}

static int64_t root(int64_t *parent, int64_t i) {
  while (parent[i] != i) i = parent[i] = parent[parent[i]];
  return i;
}

void weyl_ties_join(weyl_ties *t, int64_t i, int64_t j) {
  i = root(t->parent, i);
  j = root(t->parent, j);
  if (i < j) t->parent[j] = i;
  else t->parent[i] = j;
}

void weyl_ties_list(weyl_ties *t) {
  for (int64_t i = 0; i < t->n; i++) {
    int64_t first = root(t->parent, i);
    t->set[i] = first == i ? t->nset++ : t->set[first];
    t->place[i] = t->start[t->set[i] + 1]++; /* counts sizes here */
  }
  for (int64_t s = 0; s < t->nset; s++) {
    if (t->start[s + 1] > t->widest) t->widest = t->start[s + 1];
    t->start[s + 1] += t->start[s];
  }
  for (int64_t i = 0; i < t->n; i++)
    t->member[t->start[t->set[i]] + t->place[i]] = i;
}
