/*
** store.c: writing and reading the files of bases.
**
** A file is: MAGIC, the length of the key, the key, what a basis holds, and
** the sum of all before; numbers are as the machine keeps them, eight bytes
** each. The key begins with VERSION, to be changed with anything here or in
** how bases are solved.
*/
#include "symmetry/store.h"

#include <cblas.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "symmetry/orbits.h"

#define MAGIC 0x3173697361627977u /* "wybasis1" */
#define VERSION 3u

enum { WORTH = 2000, FILE_MAX = 1 << 26, PATH_MAX_LENGTH = 1024 };

/* ---- bytes that grow ---- */

typedef struct bytes {
  char *at;
  size_t n, cap;
  int failed;
} bytes;

static void put(bytes *b, const void *from, size_t n) {
  if (b->failed || n == 0) return;
  if (b->n + n > FILE_MAX || !weyl_grow(&b->at, &b->cap, b->n + n, 1)) {
    b->failed = 1;
    return;
  }
  memcpy(b->at + b->n, from, n);
  b->n += n;
}

static void put_word(bytes *b, int64_t x) { put(b, &x, sizeof x); }

/* Fowler, Noll and Vo's FNV-1a, over words of eight bytes and the rest */
static uint64_t sum_of(const char *at, size_t n) {
  uint64_t h = 0xcbf29ce484222325u;
  for (; n >= 8; at += 8, n -= 8) {
    uint64_t x;
    memcpy(&x, at, 8);
    h = (h ^ x) * 0x100000001b3u;
    h ^= h >> 32;
  }
  for (; n > 0; at++, n--) h = (h ^ (unsigned char)*at) * 0x100000001b3u;
  return h;
}

/* ---- the key ---- */

static void put_key(bytes *b, const weyl_spaces *s, const weyl_word *w) {
  const char *core = openblas_get_corename();
  put_word(b, VERSION);
  put_word(b, weyl_threads());
  put_word(b, (int64_t)strlen(core));
  put(b, core, strlen(core));
  put_word(b, w->rank);
  put_word(b, w->duals);
  put(b, w->kind, sizeof w->kind);
  put_word(b, s->n);
  for (int i = 0; i < s->n; i++) {
    const weyl_group *g = s->space[i];
    size_t square = (size_t)g->d * (size_t)g->d * sizeof(double);
    put_word(b, g->d);
    put_word(b, g->nlie);
    put_word(b, g->ndiscrete);
    put(b, g->lie, (size_t)g->nlie * square);
    put(b, g->discrete, (size_t)g->ndiscrete * square);
  }
}

/* ---- folder and name ---- */

const char *weyl_store_folder(void) {
  static char folder[PATH_MAX_LENGTH];
  const char *own = getenv("WEYL_CACHE"), *xdg = getenv("XDG_CACHE_HOME");
  const char *home = getenv("HOME");
  int n;
  if (own != NULL) n = snprintf(folder, sizeof folder, "%s", own);
  else if (xdg != NULL && *xdg == '/')
    n = snprintf(folder, sizeof folder, "%s/weyl", xdg);
  else if (home != NULL && *home == '/')
    n = snprintf(folder, sizeof folder, "%s/.cache/weyl", home);
  else n = 0;
  if (n <= 0 || n >= (int)sizeof folder) folder[0] = '\0';
  return folder;
}

/* The file of a key; 0 without a folder. */
static int path_of(const bytes *key, char path[PATH_MAX_LENGTH]) {
  const char *folder = weyl_store_folder();
  int n = snprintf(path, PATH_MAX_LENGTH, "%s/%016llx.basis", folder,
                   (unsigned long long)sum_of(key->at, key->n));
  return folder[0] != '\0' && n < PATH_MAX_LENGTH;
}

/* Makes the folder and those above it. */
static void make_folder(void) {
  char folder[PATH_MAX_LENGTH];
  snprintf(folder, sizeof folder, "%s", weyl_store_folder());
  for (char *p = folder + 1; *p != '\0'; p++) {
    if (*p != '/') continue;
    *p = '\0';
    mkdir(folder, 0777);
    *p = '/';
  }
  mkdir(folder, 0777);
}

int weyl_store_wants(const weyl_spaces *s, int64_t n) {
  return n >= WORTH && !weyl_orbits_apply(s) && *weyl_store_folder() != '\0';
}

/* ---- writing ---- */

static void put_basis(bytes *b, const weyl_basis *basis) {
  put_word(b, basis->n);
  put_word(b, basis->routes);
  put(b, &basis->kept, sizeof basis->kept);
  put(b, &basis->dropped, sizeof basis->dropped);
  put_word(b, basis->ncomponent);
  for (int64_t i = 0; i < basis->ncomponent; i++) {
    const weyl_component *c = &basis->component[i];
    put_word(b, c->size);
    put_word(b, c->dim);
    put(b, c->index, (size_t)c->size * sizeof *c->index);
    put(b, c->vector, (size_t)(c->size * c->dim) * sizeof *c->vector);
  }
}

/* Writes to a name of its own, then renames. */
static void write_file(const char *path, const bytes *b) {
  char own[PATH_MAX_LENGTH + 32];
  snprintf(own, sizeof own, "%s.%ld", path, (long)getpid());
  FILE *f = fopen(own, "wb");
  if (f == NULL && errno == ENOENT) {
    make_folder();
    f = fopen(own, "wb");
  }
  if (f == NULL) return;
  int ok = fwrite(b->at, 1, b->n, f) == b->n;
  ok = fclose(f) == 0 && ok;
  if (!ok || rename(own, path) != 0) remove(own);
}

void weyl_store_save(const weyl_spaces *s, const weyl_word *w,
                     const weyl_basis *basis) {
  bytes key = {0}, b = {0};
  char path[PATH_MAX_LENGTH];
  put_key(&key, s, w);
  put_word(&b, (int64_t)MAGIC);
  put_word(&b, (int64_t)key.n);
  put(&b, key.at, key.n);
  put_basis(&b, basis);
  if (!b.failed) put_word(&b, (int64_t)sum_of(b.at, b.n));
  if (!key.failed && !b.failed && path_of(&key, path)) write_file(path, &b);
  weyl_free(key.at);
  weyl_free(b.at);
}

/* ---- reading ---- */

typedef struct reader {
  const char *at;
  size_t left;
  int failed;
} reader;

/* The next n bytes; NULL when there are not as many. */
static const char *take(reader *r, size_t n) {
  if (r->failed || n > r->left) {
    r->failed = 1;
    return NULL;
  }
  const char *p = r->at;
  r->at += n;
  r->left -= n;
  return p;
}

static int64_t take_word(reader *r) {
  int64_t x = 0;
  const char *p = take(r, sizeof x);
  if (p != NULL) memcpy(&x, p, sizeof x);
  return x;
}

static double take_double(reader *r) {
  double x = 0;
  const char *p = take(r, sizeof x);
  if (p != NULL) memcpy(&x, p, sizeof x);
  return x;
}

/* Whether the indices ascend and lie in [0, n), the numbers are finite. */
static int plausible(int64_t n, int64_t size, int64_t dim,
                     const int64_t *index, const double *vector) {
  for (int64_t i = 0; i < size; i++)
    if (index[i] < 0 || index[i] >= n || (i > 0 && index[i] <= index[i - 1]))
      return 0;
  for (int64_t i = 0; i < size * dim; i++)
    if (!isfinite(vector[i])) return 0;
  return 1;
}

static int take_component(reader *r, weyl_basis *b) {
  int64_t size = take_word(r), dim = take_word(r);
  if (r->failed || size < 1 || size > b->n || dim < 1 || dim > size) return 0;
  const char *at = take(r, (size_t)size * 8);
  if (at == NULL || (size_t)dim > r->left / 8 / (size_t)size) return 0;
  const char *v = take(r, (size_t)size * (size_t)dim * 8);
  if (v == NULL) return 0;
  weyl_region room = {0};
  int64_t *index = weyl_region_copy(&room, at, (size_t)size * 8);
  double *vector = weyl_region_copy(&room, v, (size_t)(size * dim) * 8);
  int ok = index != NULL && vector != NULL &&
           plausible(b->n, size, dim, index, vector) &&
           weyl_basis_add(b, size, dim, index, vector) == WEYL_OK;
  weyl_region_clear(&room);
  return ok;
}

/* The basis that follows the key; NULL when it cannot be one of vectors [n]. */
static weyl_basis *take_basis(reader *r, int64_t n) {
  weyl_basis *b = weyl_basis_new(n);
  if (b == NULL) return NULL;
  int ok = take_word(r) == n;
  b->routes = (int)take_word(r);
  b->kept = take_double(r);
  b->dropped = take_double(r);
  int64_t count = take_word(r);
  ok = ok && !r->failed && count >= 0 && count <= n;
  if (ok) {
    b->component = weyl_region_array(&b->region, (size_t)count,
                                     sizeof *b->component);
    ok = b->component != NULL;
  }
  for (int64_t i = 0; ok && i < count; i++) ok = take_component(r, b);
  if (ok && r->left == 0) return b;
  weyl_basis_release(b);
  return NULL;
}

/* The whole file in a new block; NULL when it is missing or too long. */
static char *read_file(const char *path, size_t *n) {
  struct stat st;
  if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
      st.st_size > FILE_MAX)
    return NULL;
  FILE *f = fopen(path, "rb");
  if (f == NULL) return NULL;
  char *at = weyl_malloc((size_t)st.st_size);
  if (at != NULL) {
    *n = (size_t)st.st_size;
    if (fread(at, 1, *n, f) != *n) {
      weyl_free(at);
      at = NULL;
    }
  }
  fclose(f);
  return at;
}

/* Magic, key and sum are right: the reader is left at the basis. */
static int open_reader(reader *r, const bytes *key) {
  uint64_t sum;
  if (r->left < sizeof sum) return 0;
  r->left -= sizeof sum;
  memcpy(&sum, r->at + r->left, sizeof sum);
  if (sum != sum_of(r->at, r->left)) return 0;
  if ((uint64_t)take_word(r) != MAGIC || take_word(r) != (int64_t)key->n)
    return 0;
  const char *own = take(r, key->n);
  return own != NULL && memcmp(own, key->at, key->n) == 0;
}

weyl_basis *weyl_store_load(const weyl_spaces *s, const weyl_word *w) {
  bytes key = {0};
  char path[PATH_MAX_LENGTH], *file = NULL;
  size_t n = 0;
  weyl_basis *b = NULL;
  put_key(&key, s, w);
  if (!key.failed && path_of(&key, path)) file = read_file(path, &n);
  reader r = {file, n, 0};
  if (file != NULL && open_reader(&r, &key))
    b = take_basis(&r, weyl_word_size(w, s->dim));
  weyl_free(file);
  weyl_free(key.at);
  return b;
}
