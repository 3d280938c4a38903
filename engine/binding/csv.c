/*
** csv.c: the reader of text tables for Lua: weyl.core.csv, on which
** lua/weyl/data/csv.lua stands, and text from tensors.
**
** What a user got wrong in a file comes back as nil and a message, so that the
** Lua side can say in which file; only memory raises.
*/
#include <stdio.h>
#include <string.h>

#include "binding/binding.h"
#include "binding/internal.h"
#include "files/csv.h"
#include "files/number.h"

#define CSV "weyl.csv"

static weyl_csv *check_csv(lua_State *L) {
  weyl_csv **slot = luaL_checkudata(L, 1, CSV);
  luaL_argcheck(L, *slot != NULL, 1, "it is closed");
  return *slot;
}

/* One character of a text field of the table at 1; 0 when it is not there. */
static char char_field(lua_State *L, const char *name) {
  size_t n = 0;
  lua_getfield(L, 1, name);
  const char *s = lua_isnil(L, -1) ? "" : luaL_checklstring(L, -1, &n);
  luaL_argcheck(L, n <= 1, 1, name);
  char c = *s;
  lua_pop(L, 1);
  return c;
}

/* csv { delimiter, quote?, comment?, missing = { words } } */
static int new(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  weyl_csv_format f = {char_field(L, "delimiter"), char_field(L, "quote"),
                       char_field(L, "comment"), 0, NULL};
  luaL_argcheck(L, f.delimiter != 0, 1, "delimiter");
  lua_getfield(L, 1, "missing");
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t n = lua_rawlen(L, 2);
  luaL_argcheck(L, n <= 100, 1, "missing");
  weyl_text *missing = lua_newuserdatauv(L, (n + 1) * sizeof *missing, 0);
  luaL_checkstack(L, 110, NULL);
  for (size_t i = 0; i < n; i++) { /* the strings stay on the stack */
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    missing[i].at = luaL_checklstring(L, -1, &missing[i].n);
  }
  f.nmissing = (int)n;
  f.missing = missing;
  weyl_csv **slot = lua_newuserdatauv(L, sizeof *slot, 0);
  *slot = NULL;
  luaL_setmetatable(L, CSV);
  *slot = weyl_csv_new(&f);
  return *slot != NULL ? 1 : wl_error(L);
}

static int close_csv(lua_State *L) {
  weyl_csv **slot = luaL_checkudata(L, 1, CSV);
  weyl_csv_free(*slot);
  *slot = NULL;
  return 0;
}

/* True; or nil and the message about what is wrong in the text. */
static int result(lua_State *L, weyl_status status) {
  if (status == WEYL_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  if (status == WEYL_ENOMEM) return wl_error(L);
  lua_pushnil(L);
  lua_pushstring(L, weyl_error_message());
  return 2;
}

static unsigned char kind_at(lua_State *L, lua_Integer i) {
  static const char *const names[] = {"skip", "number", "word", NULL};
  lua_rawgeti(L, 2, i);
  int kind = luaL_checkoption(L, -1, NULL, names);
  lua_pop(L, 1);
  return (unsigned char)kind;
}

/* csv:columns({ "number" | "word" | "skip", ... }, rows to skip) */
static int columns(lua_State *L) {
  weyl_csv *c = check_csv(L);
  luaL_checktype(L, 2, LUA_TTABLE);
  lua_Integer n = (lua_Integer)lua_rawlen(L, 2), skip = luaL_checkinteger(L, 3);
  luaL_argcheck(L, n > 0 && skip >= 0, 2, "columns");
  unsigned char *kinds = lua_newuserdatauv(L, (size_t)n, 0);
  for (lua_Integer i = 0; i < n; i++) kinds[i] = kind_at(L, i + 1);
  return result(L, weyl_csv_columns(c, (size_t)n, kinds, (size_t)skip));
}

/* Room for n more bytes; raises when there is no memory. */
static char *check_room(lua_State *L, weyl_csv *c, size_t n) {
  char *room = weyl_csv_room(c, n);
  if (room != NULL) return room;
  wl_reclaim(L);
  room = weyl_csv_room(c, n);
  if (room == NULL) wl_error(L);
  return room;
}

/* csv:feed(bytes), csv:feed() at the end */
static int feed(lua_State *L) {
  weyl_csv *c = check_csv(L);
  size_t n = 0;
  if (lua_isnoneornil(L, 2)) return result(L, weyl_csv_end(c));
  const char *s = luaL_checklstring(L, 2, &n);
  memcpy(check_room(L, c, n), s, n);
  weyl_csv_filled(c, n);
  return 0;
}

/*
** csv:read(file, n): feeds n bytes of an open file, fewer at its end; how many
** there were, or nil and why they could not be read.
*/
static int read_file(lua_State *L) {
  weyl_csv *c = check_csv(L);
  luaL_Stream *stream = luaL_checkudata(L, 2, LUA_FILEHANDLE);
  luaL_argcheck(L, stream->closef != NULL, 2, "it is closed");
  lua_Integer n = luaL_checkinteger(L, 3);
  luaL_argcheck(L, n > 0, 3, "n");
  char *room = check_room(L, c, (size_t)n);
  size_t got = fread(room, 1, (size_t)n, stream->f);
  weyl_csv_filled(c, got);
  if (got == 0 && ferror(stream->f)) return luaL_fileresult(L, 0, NULL);
  lua_pushinteger(L, (lua_Integer)got);
  return 1;
}

/* csv:parse(most): the rows there are now; or nil and a message */
static int parse(lua_State *L) {
  weyl_csv *c = check_csv(L);
  lua_Integer most = luaL_checkinteger(L, 2);
  luaL_argcheck(L, most >= 0, 2, "most");
  weyl_status status = weyl_csv_parse(c, (size_t)most);
  if (status == WEYL_ENOMEM) {
    wl_reclaim(L);
    status = weyl_csv_parse(c, (size_t)most);
  }
  if (status != WEYL_OK) return result(L, status);
  lua_pushinteger(L, (lua_Integer)weyl_csv_rows(c));
  return 1;
}

static int matrix(lua_State *L, int dtype, size_t rows, size_t n,
                  const void *data) {
  int64_t dims[] = {(int64_t)rows, (int64_t)n};
  T **slot = wl_newtensor(L);
  *slot = weyl_leaf(dtype, 2, dims);
  if (*slot == NULL) {
    wl_reclaim(L);
    *slot = weyl_leaf(dtype, 2, dims);
  }
  if (*slot == NULL) return wl_error(L);
  if (rows * n > 0) memcpy((*slot)->data, data, rows * n * 8);
  return 1;
}

/* csv:numbers(): f64 [rows, columns of numbers] */
static int numbers(lua_State *L) {
  weyl_csv *c = check_csv(L);
  return matrix(L, WEYL_F64, weyl_csv_rows(c), weyl_csv_nnumbers(c),
                weyl_csv_numbers(c));
}

/* csv:codes(): i64 [rows, columns of words] */
static int codes(lua_State *L) {
  weyl_csv *c = check_csv(L);
  return matrix(L, WEYL_I64, weyl_csv_rows(c), weyl_csv_nwords(c),
                weyl_csv_codes(c));
}

/* csv:words(j, list): adds those the list does not have yet */
static int words(lua_State *L) {
  weyl_csv *c = check_csv(L);
  lua_Integer j = luaL_checkinteger(L, 2);
  luaL_argcheck(L, j >= 1 && (size_t)j <= weyl_csv_nwords(c), 2, "column");
  luaL_checktype(L, 3, LUA_TTABLE);
  size_t n = weyl_csv_count(c, (size_t)j - 1);
  for (size_t k = lua_rawlen(L, 3) + 1; k <= n; k++) {
    weyl_text word = weyl_csv_word(c, (size_t)j - 1, k);
    lua_pushlstring(L, word.at, word.n);
    lua_rawseti(L, 3, (lua_Integer)k);
  }
  return 0;
}

static int drop(lua_State *L) {
  weyl_csv_drop(check_csv(L));
  return 0;
}

/* csv:forget(j): the words of a column, once rows are dropped */
static int forget(lua_State *L) {
  weyl_csv *c = check_csv(L);
  lua_Integer j = luaL_checkinteger(L, 2);
  luaL_argcheck(L, j >= 1 && (size_t)j <= weyl_csv_nwords(c), 2, "column");
  weyl_csv_forget(c, (size_t)j - 1);
  return 0;
}

static int width(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)weyl_csv_width(check_csv(L)));
  return 1;
}

/* core.csv_number(text): the number that a field means; nil when none */
static int csv_number(lua_State *L) {
  size_t n;
  double v;
  const char *s = luaL_checklstring(L, 1, &n);
  luaL_Buffer b; /* the text with what must follow it */
  char *copy = luaL_buffinitsize(L, &b, n + 1 + WEYL_NUMBER_PAD);
  memcpy(copy, s, n);
  memset(copy + n, '\n', 1 + WEYL_NUMBER_PAD);
  if (weyl_number(copy, &v) == copy + n) lua_pushnumber(L, v);
  else lua_pushnil(L);
  return 1;
}

/* ---- writing ---- */

/* One entry of a tensor as text; the length. */
static size_t entry_text(char *to, const T *t, int64_t i) {
  switch (t->dtype) {
    case WEYL_F32: {
      const float *v = t->data;
      return weyl_number_text(to, (double)v[i], 1);
    }
    case WEYL_F64: {
      const double *v = t->data;
      return weyl_number_text(to, v[i], 0);
    }
    case WEYL_I64: {
      const int64_t *v = t->data;
      return (size_t)lua_integer2str(to, WEYL_NUMBER_TEXT, v[i]);
    }
    default: {
      const char *v = t->data;
      *to = v[i] ? '1' : '0';
      return 1;
    }
  }
}

/*
** core.csv_text(x, delimiter, first, last): these rows of a real matrix, one
** a line, so that every number is read back as it is.
*/
static int csv_text(lua_State *L) {
  luaL_Buffer b;
  T *t = wl_checktensor(L, 1, "csv_text", "x");
  if (t->rank != 2 || t->dtype == WEYL_C64 || t->dtype == WEYL_C128)
    return wl_badarg(L, 1, "csv_text", "x", "a real matrix");
  const char *delimiter = luaL_checkstring(L, 2);
  lua_Integer first = luaL_checkinteger(L, 3), last = luaL_checkinteger(L, 4);
  luaL_argcheck(L, first >= 1 && last <= t->dims[0], 3, "rows");
  wl_eval(L, 1, &t);
  luaL_buffinit(L, &b);
  int64_t n = t->dims[1];
  for (int64_t i = first - 1; i < last; i++)
    for (int64_t j = 0; j < n; j++) {
      char *to = luaL_prepbuffsize(&b, WEYL_NUMBER_TEXT + 1);
      size_t length = entry_text(to, t, i * n + j);
      to[length] = j + 1 < n ? *delimiter : '\n';
      luaL_addsize(&b, length + 1);
    }
  luaL_pushresult(&b);
  return 1;
}

static const luaL_Reg methods[] = {
    {"columns", columns}, {"feed", feed},     {"parse", parse},
    {"read", read_file},
    {"numbers", numbers}, {"codes", codes}, {"words", words},
    {"drop", drop},       {"forget", forget}, {"width", width},
    {"close", close_csv}, {"__gc", close_csv}, {"__close", close_csv},
    {NULL, NULL}};

static const luaL_Reg functions[] = {
    {"csv", new}, {"csv_number", csv_number}, {"csv_text", csv_text},
    {NULL, NULL}};

void wl_open_csv(lua_State *L) {
  luaL_newmetatable(L, CSV);
  luaL_setfuncs(L, methods, 0);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
