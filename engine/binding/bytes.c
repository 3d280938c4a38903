/*
** bytes.c: tensors from strings of bytes and back, for readers of files.
**
** The kind of an entry is written as NumPy writes it: a byte order, "<"
** little, ">" big or "|" none, then f4 f8 c8 c16, i1 i2 i4 i8, u1 u2 u4 u8
** or b1. Floats keep their width, integers become i64, b1 is bool. Nothing is
** read outside of the string, whatever the shape says.
*/
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"

typedef struct kind {
  char type;  /* f c i u b */
  int dtype;
  int width;  /* bytes of a number; an entry of type c is two of them */
  int parts;  /* numbers in an entry */
  int big;    /* whether the first byte weighs most */
} kind;

static const struct {
  const char *name;
  int dtype, width, parts;
} kinds[] = {{"f4", WEYL_F32, 4, 1},  {"f8", WEYL_F64, 8, 1},
             {"c8", WEYL_C64, 4, 2},  {"c16", WEYL_C128, 8, 2},
             {"i1", WEYL_I64, 1, 1},  {"i2", WEYL_I64, 2, 1},
             {"i4", WEYL_I64, 4, 1},  {"i8", WEYL_I64, 8, 1},
             {"u1", WEYL_I64, 1, 1},  {"u2", WEYL_I64, 2, 1},
             {"u4", WEYL_I64, 4, 1},  {"u8", WEYL_I64, 8, 1},
             {"b1", WEYL_BOOL, 1, 1}};

/* The byte order must be given where there is one. */
static int parse_kind(const char *s, kind *k) {
  if (s == NULL || s[0] == 0 || strchr("<>|", s[0]) == NULL) return 0;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (strcmp(s + 1, kinds[i].name) != 0) continue;
    *k = (kind){s[1], kinds[i].dtype, kinds[i].width, kinds[i].parts,
                s[0] == '>'};
    return s[0] != '|' || k->width == 1;
  }
  return 0;
}

static int host_is_big(void) {
  const uint16_t one = 1;
  unsigned char first;
  memcpy(&first, &one, 1);
  return first == 0;
}

/* ---- from bytes ---- */

static uint64_t load(const unsigned char *p, const kind *k) {
  uint64_t v = 0;
  for (int i = 0; i < k->width; i++)
    v = v << 8 | p[k->big ? i : k->width - 1 - i];
  return v;
}

/* Copies n numbers of this width, turning their bytes round where asked. */
static void copy(char *to, const char *from, int64_t n, int width, int turn) {
  if (!turn) {
    if (n > 0) memcpy(to, from, (size_t)n * (size_t)width);
    return;
  }
  for (int64_t i = 0; i < n; i++, to += width, from += width)
    for (int j = 0; j < width; j++) to[j] = from[width - 1 - j];
}

/* Widens n integers; the index of the first that does not fit, or -1. */
static int64_t widen(int64_t *to, const unsigned char *p, int64_t n,
                     const kind *k) {
  int unused = 64 - 8 * k->width;
  for (int64_t i = 0; i < n; i++, p += k->width) {
    uint64_t v = load(p, k);
    if (k->type == 'u' && v > INT64_MAX) return i;
    if (k->type == 'i' && unused > 0 && v >> (63 - unused) != 0)
      v |= UINT64_MAX << (64 - unused); /* the sign */
    memcpy(&to[i], &v, sizeof v);
  }
  return -1;
}

static int64_t truths(char *to, const unsigned char *p, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    if (p[i] > 1) return i;
    to[i] = (char)p[i];
  }
  return -1;
}

/* Fills t; the index of an entry that cannot be, or -1. */
static int64_t convert(T *t, const char *from, const kind *k) {
  const unsigned char *p = (const unsigned char *)from;
  if (k->type == 'b') return truths(t->data, p, t->size);
  if (k->type == 'i' || k->type == 'u')
    return widen(t->data, p, t->size, k);
  copy(t->data, from, t->size * k->parts, k->width,
       k->big != host_is_big());
  return -1;
}

/* Reads the sizes at idx; returns the rank. */
static int read_shape(lua_State *L, int idx, int64_t *dims) {
  static const char what[] = "a table of at most 12 sizes >= 0";
  if (!lua_istable(L, idx))
    return wl_badarg(L, idx, "from_bytes", "shape", what);
  lua_Integer rank = luaL_len(L, idx);
  if (rank > WEYL_MAX_RANK)
    return wl_badarg(L, idx, "from_bytes", "shape", what);
  for (int i = 0; i < (int)rank; i++) {
    int ok = lua_geti(L, idx, i + 1) == LUA_TNUMBER;
    if (ok) dims[i] = lua_tointegerx(L, -1, &ok);
    if (!ok || dims[i] < 0)
      return wl_badarg(L, idx, "from_bytes", "shape", what);
    lua_pop(L, 1);
  }
  return (int)rank;
}

/* Whether entries of this shape and size take at most `room` bytes. */
static int fits(int rank, const int64_t *dims, size_t size, size_t room) {
  uint64_t most = room / size, n = 1;
  for (int i = 0; i < rank; i++)
    if (dims[i] == 0) return 1;
  for (int i = 0; i < rank; i++) {
    if ((uint64_t)dims[i] > most / n) return 0;
    n *= (uint64_t)dims[i];
  }
  return n <= most;
}

static int bad_entry(lua_State *L, int64_t i, const kind *k) {
  lua_pushfstring(L, "from_bytes: entry %I %s", (LUAI_UACINT)(i + 1),
                  k->type == 'b' ? "is neither 0 nor 1"
                                 : "is more than 2^63 - 1");
  return wl_raise(L);
}

/*
** from_bytes(bytes, kind, shape [, first]): the entries, in row-major order,
** that begin at byte `first`, 1 unless given; bytes after them are left alone.
*/
static int from_bytes(lua_State *L) {
  kind k;
  int64_t dims[WEYL_MAX_RANK];
  size_t n;
  if (lua_type(L, 1) != LUA_TSTRING)
    return wl_badarg(L, 1, "from_bytes", "bytes", "a string");
  const char *bytes = lua_tolstring(L, 1, &n);
  if (lua_type(L, 2) != LUA_TSTRING || !parse_kind(lua_tostring(L, 2), &k))
    return wl_badarg(L, 2, "from_bytes", "kind",
                     "a byte order and a type such as '<f4'");
  int rank = read_shape(L, 3, dims);
  lua_Integer first = lua_isnoneornil(L, 4) ? 1 : lua_tointeger(L, 4);
  if (first < 1 || (size_t)first > n + 1)
    return wl_badarg(L, 4, "from_bytes", "first",
                     "the number of a byte of the string");
  size_t room = n - (size_t)(first - 1);
  if (!fits(rank, dims, (size_t)(k.width * k.parts), room)) {
    lua_pushfstring(L, "from_bytes: the shape takes more than the %I bytes "
                       "there are", (LUAI_UACINT)room);
    return wl_raise(L);
  }
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(k.dtype, rank, dims);
  if (*slot == NULL) {
    wl_reclaim(L);
    *slot = weyl_leaf(k.dtype, rank, dims);
  }
  if (*slot == NULL) return wl_error(L);
  int64_t bad = convert(*slot, bytes + first - 1, &k);
  return bad < 0 ? 1 : bad_entry(L, bad, &k);
}

/* ---- to bytes ---- */

static const char *const stored[WEYL_NDTYPE] = {
    [WEYL_F32] = "<f4", [WEYL_F64] = "<f8",  [WEYL_C64] = "<c8",
    [WEYL_C128] = "<c16", [WEYL_I64] = "<i8", [WEYL_BOOL] = "|b1"};

/* to_bytes(x): the entries in row-major order, little-endian; their kind. */
static int to_bytes(lua_State *L) {
  kind k;
  luaL_Buffer b;
  T *t = wl_checktensor(L, 1, "to_bytes", "x");
  wl_eval(L, 1, &t);
  parse_kind(stored[t->dtype], &k);
  size_t n = (size_t)t->size * (size_t)(k.width * k.parts);
  char *to = luaL_buffinitsize(L, &b, n);
  copy(to, t->data, t->size * k.parts, k.width, host_is_big());
  luaL_pushresultsize(&b, n);
  lua_pushstring(L, stored[t->dtype]);
  return 2;
}

static const luaL_Reg functions[] = {
    {"from_bytes", from_bytes}, {"to_bytes", to_bytes}, {NULL, NULL}};

void wl_open_bytes(lua_State *L) { luaL_setfuncs(L, functions, 0); }
