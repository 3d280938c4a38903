/*
** bytes.c: tensors from bytes of strings and files, and back.
**
** The kind of an entry is written as NumPy writes it: a byte order, "<"
** little, ">" big or "|" none, then f2 f4 f8 c8 c16, i1 i2 i4 i8, u1 u2 u4
** u8 or b1; t2, which NumPy lacks, is the upper half of an f4 (bfloat16).
** Floats of 4 and 8 bytes keep their width, those of 2 become f32, integers
** i64, b1 is bool. Nothing is read outside of the string, whatever the shape
** says.
*/
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "binding/binding.h"
#include "binding/internal.h"

typedef struct kind {
  char type;  /* f t c i u b */
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
             {"f2", WEYL_F32, 2, 1},  {"t2", WEYL_F32, 2, 1},
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
static int64_t widen(char *to, const unsigned char *p, int64_t n,
                     const kind *k) {
  int unused = 64 - 8 * k->width;
  for (int64_t i = 0; i < n; i++, p += k->width) {
    uint64_t v = load(p, k);
    if (k->type == 'u' && v > INT64_MAX) return i;
    if (k->type == 'i' && unused > 0 && v >> (63 - unused) != 0)
      v |= UINT64_MAX << (64 - unused); /* the sign */
    memcpy(to + i * (int64_t)sizeof v, &v, sizeof v);
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

/* The bits of an f32 from those of a half: sign, 5 of exponent, 10 digits. */
static uint32_t single(uint32_t half) {
  uint32_t sign = (half & 0x8000u) << 16, exponent = half >> 10 & 31u;
  uint32_t digits = half & 0x3ffu;
  if (exponent == 31) return sign | 0x7f800000u | digits << 13;
  if (exponent != 0) return sign | (exponent + 112) << 23 | digits << 13;
  if (digits == 0) return sign;
  for (exponent = 113; (digits & 0x400u) == 0; exponent--) digits <<= 1;
  return sign | exponent << 23 | (digits & 0x3ffu) << 13;
}

static void lengthen(char *to, const unsigned char *p, int64_t n,
                     const kind *k) {
  for (int64_t i = 0; i < n; i++, p += 2, to += 4) {
    uint32_t v = (uint32_t)load(p, k);
    v = k->type == 't' ? v << 16 : single(v);
    memcpy(to, &v, sizeof v);
  }
}

/* Fills n entries; the index of one that cannot be, or -1. */
static int64_t convert(char *to, const char *from, int64_t n, const kind *k) {
  const unsigned char *p = (const unsigned char *)from;
  if (k->type == 'b') return truths(to, p, n);
  if (k->type == 'i' || k->type == 'u') return widen(to, p, n, k);
  if (k->width == 2) lengthen(to, p, n, k);
  else copy(to, from, n * k->parts, k->width, k->big != host_is_big());
  return -1;
}

/* Reads the sizes at idx; returns the rank. */
static int read_shape(lua_State *L, int idx, const char *func,
                      int64_t *dims) {
  static const char what[] = "a table of at most 12 sizes >= 0";
  if (!lua_istable(L, idx))
    return wl_badarg(L, idx, func, "shape", what);
  lua_Integer rank = luaL_len(L, idx);
  if (rank > WEYL_MAX_RANK)
    return wl_badarg(L, idx, func, "shape", what);
  for (int i = 0; i < (int)rank; i++) {
    int ok = lua_geti(L, idx, i + 1) == LUA_TNUMBER;
    if (ok) dims[i] = lua_tointegerx(L, -1, &ok);
    if (!ok || dims[i] < 0)
      return wl_badarg(L, idx, func, "shape", what);
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

static int bad_entry(lua_State *L, const char *func, int64_t i,
                     const kind *k) {
  lua_pushfstring(L, "%s: entry %I %s", func, (LUAI_UACINT)(i + 1),
                  k->type == 'b' ? "is neither 0 nor 1"
                                 : "is more than 2^63 - 1");
  return wl_raise(L);
}

static void read_kind(lua_State *L, int idx, const char *func, kind *k) {
  if (lua_type(L, idx) != LUA_TSTRING || !parse_kind(lua_tostring(L, idx), k))
    wl_badarg(L, idx, func, "kind",
              "a byte order and a type such as '<f4'");
}

/* Pushes a tensor whose entries are to be filled. */
static T *new_leaf(lua_State *L, int dtype, int rank, const int64_t *dims) {
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(dtype, rank, dims);
  if (*slot == NULL) {
    wl_reclaim(L);
    *slot = weyl_leaf(dtype, rank, dims);
  }
  if (*slot == NULL) wl_error(L);
  return *slot;
}

/*
** from_bytes(bytes, kind, shape [, first]): the entries, in row-major order,
** that begin at byte `first`, 1 unless given; bytes after them are left alone.
*/
static int from_bytes(lua_State *L) {
  static const char func[] = "from_bytes";
  kind k;
  int64_t dims[WEYL_MAX_RANK];
  size_t n;
  if (lua_type(L, 1) != LUA_TSTRING)
    return wl_badarg(L, 1, func, "bytes", "a string");
  const char *bytes = lua_tolstring(L, 1, &n);
  read_kind(L, 2, func, &k);
  int rank = read_shape(L, 3, func, dims);
  lua_Integer first = lua_isnoneornil(L, 4) ? 1 : lua_tointeger(L, 4);
  if (first < 1 || (size_t)first > n + 1)
    return wl_badarg(L, 4, func, "first",
                     "the number of a byte of the string");
  size_t room = n - (size_t)(first - 1);
  if (!fits(rank, dims, (size_t)(k.width * k.parts), room)) {
    lua_pushfstring(L, "from_bytes: the shape takes more than the %I bytes "
                       "there are", (LUAI_UACINT)room);
    return wl_raise(L);
  }
  T *t = new_leaf(L, k.dtype, rank, dims);
  int64_t bad = convert(t->data, bytes + first - 1, t->size, &k);
  return bad < 0 ? 1 : bad_entry(L, func, bad, &k);
}

/* ---- from a file ---- */

enum { BLOCK = 1 << 16 }; /* bytes read at a time; every width divides it */

static int read_failed(lua_State *L, FILE *f) {
  lua_pushfstring(L, "read_bytes: %s",
                  ferror(f) ? strerror(errno) : "the file ends too early");
  return wl_raise(L);
}

/*
** read_bytes(file, kind, shape): as from_bytes, from where an open file of
** io.open stands; nothing but the tensor holds them all. The caller has seen
** to it that the file is long enough.
*/
static int read_bytes(lua_State *L) {
  static const char func[] = "read_bytes";
  kind k;
  int64_t dims[WEYL_MAX_RANK];
  char block[BLOCK];
  luaL_Stream *s = luaL_checkudata(L, 1, LUA_FILEHANDLE);
  if (s->closef == NULL) return wl_badarg(L, 1, func, "file", "an open file");
  read_kind(L, 2, func, &k);
  int rank = read_shape(L, 3, func, dims);
  if (!fits(rank, dims, (size_t)(k.width * k.parts), INT64_MAX))
    return wl_badarg(L, 3, func, "shape", "of less than 2^63 bytes");
  T *t = new_leaf(L, k.dtype, rank, dims);
  int64_t size = k.width * k.parts, most = BLOCK / size;
  size_t out = weyl_dtype_size(t->dtype);
  for (int64_t done = 0, n; done < t->size; done += n) {
    n = t->size - done < most ? t->size - done : most;
    if (fread(block, (size_t)size, (size_t)n, s->f) != (size_t)n)
      return read_failed(L, s->f);
    char *to = (char *)t->data + (size_t)done * out;
    int64_t bad = convert(to, block, n, &k);
    if (bad >= 0) return bad_entry(L, func, done + bad, &k);
  }
  return 1;
}

/* ---- to bytes ---- */

static const char *const stored[WEYL_NDTYPE] = {
    [WEYL_F32] = "<f4", [WEYL_F64] = "<f8",  [WEYL_C64] = "<c8",
    [WEYL_C128] = "<c16", [WEYL_I64] = "<i8", [WEYL_BOOL] = "|b1"};

/* Narrows n integers; the index of the first that does not fit, or -1. */
static int64_t narrow(char *to, const int64_t *from, int64_t n,
                      const kind *k) {
  int bits = 8 * k->width - (k->type == 'i');
  for (int64_t i = 0; i < n; i++, to += k->width) {
    int64_t v = from[i], left = bits < 63 ? v >> bits : v < 0 ? -1 : 0;
    if (left != 0 && !(left == -1 && k->type == 'i')) return i;
    for (int j = 0; j < k->width; j++)
      to[k->big ? k->width - 1 - j : j] = (char)((uint64_t)v >> 8 * j);
  }
  return -1;
}

/*
** to_bytes(x [, kind]): the entries in row-major order, little-endian, and
** their kind; or as a kind of the same dtype, where integers must fit.
*/
static int to_bytes(lua_State *L) {
  kind k;
  luaL_Buffer b;
  T *t = wl_checktensor(L, 1, "to_bytes", "x");
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    lua_pushstring(L, stored[t->dtype]);
    lua_replace(L, 2);
  }
  read_kind(L, 2, "to_bytes", &k);
  if (k.dtype != t->dtype || (t->dtype == WEYL_F32 && k.width == 2))
    return wl_badarg(L, 2, "to_bytes", "kind", "one of the tensor's dtype");
  wl_eval(L, 1, &t);
  size_t n = (size_t)t->size * (size_t)(k.width * k.parts);
  char *to = luaL_buffinitsize(L, &b, n);
  int64_t bad = -1;
  if (t->dtype == WEYL_I64) bad = narrow(to, t->data, t->size, &k);
  else copy(to, t->data, t->size * k.parts, k.width, k.big != host_is_big());
  luaL_pushresultsize(&b, n);
  if (bad >= 0) {
    lua_pushfstring(L, "to_bytes: entry %I does not fit in %s",
                    (LUAI_UACINT)(bad + 1), lua_tostring(L, 2));
    return wl_raise(L);
  }
  lua_pushvalue(L, 2);
  return 2;
}

/* ---- to a file ---- */

/* Pushes `n` bytes of numbers of this width turned round. */
static const char *push_turned(lua_State *L, const T *t, const kind *k) {
  luaL_Buffer b;
  size_t n = (size_t)t->size * (size_t)(k->width * k->parts);
  copy(luaL_buffinitsize(L, &b, n), t->data, t->size * k->parts, k->width, 1);
  luaL_pushresultsize(&b, n);
  return lua_tostring(L, -1);
}

/* Piece i of the list at idx: a string, or the entries of a tensor. */
static weyl_bytes piece_of(lua_State *L, int idx, const char *func, int i) {
  weyl_bytes p = {NULL, 0};
  if (lua_rawgeti(L, idx, i) == LUA_TSTRING) {
    p.data = lua_tolstring(L, -1, &p.size);
  } else {
    kind k;
    T *t = wl_checktensor(L, -1, func, "pieces");
    wl_eval(L, 1, &t);
    parse_kind(stored[t->dtype], &k);
    p = (weyl_bytes){t->data, (size_t)t->size * weyl_dtype_size(t->dtype)};
    if (host_is_big() && k.width > 1) {
      p.data = push_turned(L, t, &k);
      lua_rawseti(L, idx, i); /* keeps it alive */
    }
  }
  lua_pop(L, 1);
  return p;
}

/* Pushes a block with the pieces of a copy of the list at idx. */
static const weyl_bytes *push_pieces(lua_State *L, int idx, const char *func,
                                     size_t *count) {
  if (!lua_istable(L, idx))
    wl_badarg(L, idx, func, "pieces", "a list of strings and tensors");
  int n = (int)luaL_len(L, idx);
  lua_createtable(L, n, 0);
  int own = lua_gettop(L);
  for (int i = 1; i <= n; i++) {
    lua_rawgeti(L, idx, i);
    lua_rawseti(L, own, i);
  }
  weyl_bytes *p = lua_newuserdatauv(L, (size_t)(n + 1) * sizeof *p, 0);
  for (int i = 1; i <= n; i++) p[i - 1] = piece_of(L, own, func, i);
  *count = (size_t)n;
  return p;
}

/*
** write_file(path, pieces): a file that appears whole or not at all; see
** base/file.h. Pieces are strings, and tensors, whose entries are written as
** to_bytes gives them.
*/
static int write_file(lua_State *L) {
  size_t n, length;
  if (lua_type(L, 1) != LUA_TSTRING)
    return wl_badarg(L, 1, "write_file", "path", "a file's name");
  const char *path = lua_tolstring(L, 1, &length);
  if (length == 0 || strlen(path) != length)
    return wl_badarg(L, 1, "write_file", "path", "a file's name");
  const weyl_bytes *pieces = push_pieces(L, 2, "write_file", &n);
  if (weyl_file_write(path, n, pieces) != WEYL_OK) return wl_error(L);
  return 0;
}

/* checksum(pieces): 16 hexadecimal digits; of the same pieces as write_file */
static int checksum(lua_State *L) {
  size_t n;
  const weyl_bytes *pieces = push_pieces(L, 1, "checksum", &n);
  char text[20];
  snprintf(text, sizeof text, "%016llx",
           (unsigned long long)weyl_checksum(n, pieces));
  lua_pushstring(L, text);
  return 1;
}

/* core.fail_file(n, kill): the n-th step of writing files fails, or kills;
   what was left of the n of the last call */
static int fail_file(lua_State *L) {
  uint64_t n = (uint64_t)luaL_checkinteger(L, 1);
  uint64_t left = weyl_file_fail_at(n, lua_toboolean(L, 2));
  lua_pushinteger(L, (lua_Integer)left);
  return 1;
}

static int file_fault_hit(lua_State *L) {
  lua_pushboolean(L, weyl_file_fault_hit());
  return 1;
}

static const luaL_Reg functions[] = {
    {"from_bytes", from_bytes}, {"read_bytes", read_bytes},
    {"to_bytes", to_bytes},     {"write_file", write_file},
    {"checksum", checksum},     {"fail_file", fail_file},
    {"file_fault_hit", file_fault_hit}, {NULL, NULL}};

void wl_open_bytes(lua_State *L) { luaL_setfuncs(L, functions, 0); }
