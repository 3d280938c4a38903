/*
** yardstick.c: what speed claims are measured against, as a Lua module.
**
** One training step of a 16-64-64-1 tanh network (batch 64, mean squared
** error, Adam) written by hand on the same OpenBLAS and the same libmvec
** tanh; a copy of memory; a square sgemm. Plain C, no allocation per step.
*/
#include <cblas.h>
#include <lauxlib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef __x86_64__ /* lets the compiler use libmvec without -ffast-math */
__attribute__((simd("notinbranch"))) float tanhf(float);
#endif

enum { BATCH = 64, N0 = 16, N1 = 64, N2 = 64, N3 = 1 };

typedef struct layer { /* y = tanh(x w' + b); w [out, in] */
  int in, out;
  float *w, *b, *gw, *gb, *m, *v; /* m, v: moments of w, then of b */
} layer;

static layer net[3];
static float x[BATCH * N0], target[BATCH * N3], h[3][BATCH * N1];
static float g[3][BATCH * N1];
static long steps;

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static float uniform(void) { return (float)rand() / (float)RAND_MAX - 0.5f; }

static float *floats(int n) { return calloc((size_t)n, sizeof(float)); }

static int prepare(void) {
  const int width[] = {N0, N1, N2, N3};
  int ok = 1;
  for (int l = 0; l < 3; l++) {
    int in = width[l], out = width[l + 1], all = (in + 1) * out;
    net[l] = (layer){in, out, floats(in * out), floats(out),
                     floats(in * out), floats(out), floats(all), floats(all)};
    ok = ok && net[l].w && net[l].b && net[l].gw && net[l].gb && net[l].m &&
         net[l].v;
    for (int i = 0; ok && i < in * out; i++)
      net[l].w[i] = uniform() / sqrtf((float)in);
  }
  for (int i = 0; i < BATCH * N0; i++) x[i] = uniform();
  for (int i = 0; i < BATCH; i++) target[i] = uniform();
  return ok;
}

static void forward(void) {
  const float *in = x;
  for (int l = 0; l < 3; l++) {
    const layer *n = &net[l];
    float *y = h[l];
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, BATCH, n->out, n->in,
                1, in, n->in, n->w, n->in, 0, y, n->out);
    for (int i = 0; i < BATCH; i++)
      for (int j = 0; j < n->out; j++) y[i * n->out + j] += n->b[j];
    if (l < 2)
      for (int i = 0; i < BATCH * n->out; i++) y[i] = tanhf(y[i]);
    in = y;
  }
}

static void backward(void) {
  for (int i = 0; i < BATCH; i++)
    g[2][i] = 2.0f / BATCH * (h[2][i] - target[i]);
  for (int l = 2; l >= 0; l--) {
    layer *n = &net[l];
    const float *in = l > 0 ? h[l - 1] : x;
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n->out, n->in, BATCH,
                1, g[l], n->out, in, n->in, 0, n->gw, n->in);
    memset(n->gb, 0, (size_t)n->out * sizeof(float));
    for (int i = 0; i < BATCH; i++)
      for (int j = 0; j < n->out; j++) n->gb[j] += g[l][i * n->out + j];
    if (l == 0) return;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, BATCH, n->in,
                n->out, 1, g[l], n->out, n->w, n->in, 0, g[l - 1], n->in);
    for (int i = 0; i < BATCH * n->in; i++)
      g[l - 1][i] *= 1 - in[i] * in[i];
  }
}

static void adam(float *w, const float *dw, float *m, float *v, int n,
                 float rate, float scale) {
  for (int i = 0; i < n; i++) {
    m[i] = 0.9f * m[i] + 0.1f * dw[i];
    v[i] = 0.999f * v[i] + 0.001f * dw[i] * dw[i];
    w[i] -= rate * m[i] / (sqrtf(v[i]) * scale + 1e-8f);
  }
}

static void update(void) {
  double t = (double)++steps;
  float rate = (float)(1e-3 / (1 - pow(0.9, t)));
  float scale = (float)(1 / sqrt(1 - pow(0.999, t)));
  for (int l = 0; l < 3; l++) {
    layer *n = &net[l];
    int w = n->in * n->out;
    adam(n->w, n->gw, n->m, n->v, w, rate, scale);
    adam(n->b, n->gb, n->m + w, n->v + w, n->out, rate, scale);
  }
}

/* mlp(n): seconds of n training steps */
static int mlp(lua_State *L) {
  lua_Integer n = luaL_checkinteger(L, 1);
  static int ready = 0;
  openblas_set_num_threads(1);
  if (!ready && !prepare()) return luaL_error(L, "out of memory");
  ready = 1;
  double start = seconds();
  for (lua_Integer i = 0; i < n; i++) {
    forward();
    backward();
    update();
  }
  lua_pushnumber(L, seconds() - start);
  return 1;
}

/* copy(n): seconds to copy n floats between warm buffers, best of 10 */
static int copy(lua_State *L) {
  size_t n = (size_t)luaL_checkinteger(L, 1) * sizeof(float);
  char *a = malloc(n), *b = malloc(n);
  double best = 1e9;
  if (a == NULL || b == NULL) return luaL_error(L, "out of memory");
  memset(a, 1, n);
  memset(b, 2, n);
  for (int i = 0; i < 10; i++) {
    double start = seconds();
    memcpy(b, a, n);
    double t = seconds() - start;
    if (t < best) best = t;
    __asm__ volatile("" : : "r"(b) : "memory");
  }
  free(a);
  free(b);
  lua_pushnumber(L, best);
  return 1;
}

/* sgemm(n): floating-point operations per second of an n x n product */
static int sgemm(lua_State *L) {
  int n = (int)luaL_checkinteger(L, 1);
  size_t bytes = (size_t)n * (size_t)n * sizeof(float);
  float *a = malloc(bytes), *c = malloc(bytes);
  double best = 1e9;
  if (a == NULL || c == NULL) return luaL_error(L, "out of memory");
  for (int i = 0; i < n * n; i++) a[i] = uniform();
  openblas_set_num_threads(1);
  for (int i = 0; i < 20; i++) {
    double start = seconds();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n,
                a, n, 0, c, n);
    double t = seconds() - start;
    if (t < best) best = t;
  }
  free(a);
  free(c);
  lua_pushnumber(L, 2.0 * n * n * n / best);
  return 1;
}

static int now(lua_State *L) {
  lua_pushnumber(L, seconds());
  return 1;
}

int luaopen_yardstick(lua_State *L);
int luaopen_yardstick(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"mlp", mlp}, {"copy", copy}, {"sgemm", sgemm}, {"now", now},
      {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}
