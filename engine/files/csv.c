/*
** csv.c: reads text tables (see csv.h).
**
** Fields follow RFC 4180: a quote in a quoted field is written twice, and such
** a field may have line ends in it. Lines end with LF, CR LF or CR. Blanks
** around a field do not count; empty lines and comments are left out.
**
** Invariants: text[at, n) is what was fed and not yet read, from the beginning
** of a row on; behind it lie a line feed and room for what the number reader
** looks at, so every scan ends. A row is taken in whole or not at all: where
** the bytes end within one, nothing of it stays but words met for the first
** time, and it is read again when there are twice as many bytes.
*/
#include "files/csv.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/memory.h"
#include "base/region.h"
#include "files/number.h"
#include "files/words.h"

enum { SHOWN = 40 }; /* bytes of a bad field that a message shows */
enum { BLANK = 1, STOP = 2 }; /* classes of bytes; a stop ends a field */

struct weyl_csv {
  weyl_region region; /* of what lives as long as the reader */
  char delimiter, quote, comment;
  int nmissing;
  weyl_text *missing;
  unsigned char class[256];

  char *text;
  size_t at, n, room; /* bytes read, bytes fed, bytes allocated */
  size_t patience;    /* a row may be whole when that many are unread */
  int begun, ended;   /* whether anything was read; whether all was fed */

  size_t width, nnumbers, nwords, skip;
  unsigned char *kinds; /* [width] */
  weyl_words *words;    /* [nwords], or the only ones of all columns */
  int together;         /* whether they are */

  size_t line;  /* of the row being read, from 1 */
  size_t lines; /* line ends within its fields so far */
  size_t rows;
  double *numbers;
  int64_t *codes;
  size_t numbers_room, codes_room;
  char *scratch; /* a field without its quotes */
  size_t scratch_room;
  weyl_status status; /* of the row being read */
};

/* ---- making ---- */

static int copy_missing(weyl_csv *c, const weyl_csv_format *f) {
  size_t count = (size_t)f->nmissing;
  c->missing = weyl_region_array(&c->region, count + 1, sizeof *c->missing);
  if (c->missing == NULL) return 0;
  for (size_t i = 0; i < count; i++) {
    size_t n = f->missing[i].n;
    char *at = weyl_region_alloc(&c->region, n + 1);
    if (at == NULL) return 0;
    if (n > 0) memcpy(at, f->missing[i].at, n);
    c->missing[i] = (weyl_text){at, n};
  }
  c->nmissing = f->nmissing;
  return 1;
}

weyl_csv *weyl_csv_new(const weyl_csv_format *f) {
  weyl_csv *c = weyl_calloc(1, sizeof *c);
  if (c == NULL) return NULL;
  c->delimiter = f->delimiter;
  c->quote = f->quote;
  c->comment = f->comment;
  c->class[' '] = c->class['\t'] = BLANK;
  c->class['\n'] = c->class['\r'] = STOP;
  c->class[(unsigned char)f->delimiter] = STOP;
  if (f->delimiter == ' ') c->class['\t'] = STOP;
  c->line = 1;
  if (copy_missing(c, f)) return c;
  weyl_csv_free(c);
  return NULL;
}

void weyl_csv_free(weyl_csv *c) {
  if (c == NULL) return;
  size_t sets = c->words == NULL ? 0 : c->together ? 1 : c->nwords;
  for (size_t j = 0; j < sets; j++) weyl_words_clear(&c->words[j]);
  weyl_region_clear(&c->region);
  weyl_free(c->text);
  weyl_free(c->numbers);
  weyl_free(c->codes);
  weyl_free(c->scratch);
  weyl_free(c);
}

weyl_status weyl_csv_columns(weyl_csv *c, size_t n, const unsigned char *kinds,
                             size_t skip) {
  size_t nwords = 0, nnumbers = 0;
  if (n > WEYL_CSV_COLUMNS)
    return weyl_fail(WEYL_EINVAL, "line %zu has %zu fields; at most %d columns "
                     "are read", c->line, n, WEYL_CSV_COLUMNS);
  unsigned char *copy = weyl_region_copy(&c->region, kinds, n);
  for (size_t i = 0; i < n; i++) {
    nwords += kinds[i] == WEYL_CSV_WORD;
    nnumbers += kinds[i] == WEYL_CSV_NUMBER;
  }
  c->words = weyl_region_array(&c->region, nwords + 1, sizeof *c->words);
  if (copy == NULL || c->words == NULL) return WEYL_ENOMEM;
  c->kinds = copy;
  c->width = n;
  c->nwords = nwords;
  c->nnumbers = nnumbers;
  c->skip = skip;
  return WEYL_OK;
}

/* ---- fields ---- */

static int class_of(const weyl_csv *c, const char *p) {
  return c->class[(unsigned char)*p];
}

static const char *skip_blanks(const weyl_csv *c, const char *p) {
  while (class_of(c, p) == BLANK) p++;
  return p;
}

/* Leaves a message about column i; always NULL. */
static const char *complain(weyl_csv *c, size_t i, weyl_text field,
                            const char *what) {
  int n = (int)(field.n < SHOWN ? field.n : SHOWN);
  c->status = weyl_fail(WEYL_EINVAL, "line %zu, column %zu: '%.*s%s' %s",
                        c->line, i + 1, n, field.at,
                        field.n > SHOWN ? "..." : "", what);
  return NULL;
}

/* Appends bytes to the field without quotes. */
static int add_scratch(weyl_csv *c, weyl_text *field, const char *p, size_t n) {
  if (!weyl_grow(&c->scratch, &c->scratch_room,
                 field->n + n + WEYL_NUMBER_PAD + 1, 1)) {
    c->status = WEYL_ENOMEM;
    return 0;
  }
  memcpy(c->scratch + field->n, p, n);
  field->n += n;
  memset(c->scratch + field->n, '\n', WEYL_NUMBER_PAD + 1);
  field->at = c->scratch;
  return 1;
}

/* Whether a field that ends at p may go on in what is not fed yet. */
static int cut(const weyl_csv *c, const char *p) {
  return p >= c->text + c->n && !c->ended;
}

static size_t line_ends(const char *p, size_t n) {
  size_t count = 0;
  for (size_t i = 0; i < n; i++)
    count += p[i] == '\n' || (p[i] == '\r' && (i + 1 == n || p[i + 1] != '\n'));
  return count;
}

/* The end of a quoted field that begins at p; NULL when it is not there. */
static const char *quoted(weyl_csv *c, const char *p, size_t i,
                          weyl_text *field) {
  const char *end = c->text + c->n;
  *field = (weyl_text){c->scratch, 0};
  for (p++;; p++) {
    const char *q = memchr(p, c->quote, (size_t)(end - p));
    if (q == NULL || (q + 1 == end && !c->ended)) return NULL;
    size_t twice = q + 1 < end && q[1] == c->quote;
    c->lines += line_ends(p, (size_t)(q - p));
    if (!add_scratch(c, field, p, (size_t)(q - p) + twice)) return NULL;
    p = q + 1;
    if (twice) continue;
    p = skip_blanks(c, p);
    if (class_of(c, p) == STOP) return p;
    return complain(c, i, *field, "is followed by more than a delimiter");
  }
}

/* The end of the field that begins at p, blanks in front of it skipped. */
static const char *any_field(weyl_csv *c, const char *p, size_t i,
                             weyl_text *field) {
  if (c->quote != 0 && *p == c->quote) return quoted(c, p, i, field);
  const char *first = p;
  while (class_of(c, p) != STOP) p++;
  const char *last = p;
  while (last > first && class_of(c, last - 1) == BLANK) last--;
  *field = (weyl_text){first, (size_t)(last - first)};
  return p;
}

static int is_missing(const weyl_csv *c, weyl_text field) {
  if (field.n == 0) return 1;
  for (int i = 0; i < c->nmissing; i++)
    if (c->missing[i].n == field.n &&
        memcmp(c->missing[i].at, field.at, field.n) == 0)
      return 1;
  return 0;
}

/* A field that is not simply a number: missing, quoted, or wrong. */
static const char *odd_number(weyl_csv *c, const char *p, size_t i,
                              double *v) {
  weyl_text field;
  p = any_field(c, p, i, &field);
  if (p == NULL || cut(c, p)) return NULL;
  if (is_missing(c, field)) {
    *v = NAN;
    return p;
  }
  const char *end = weyl_number(field.at, v);
  if (end == field.at + field.n) return p;
  return complain(c, i, field, "is no number");
}

static const char *number(weyl_csv *c, const char *p, size_t i, double *v) {
  const char *q = weyl_number(p, v);
  if (q != NULL) q = skip_blanks(c, q);
  return q != NULL && class_of(c, q) == STOP ? q : odd_number(c, p, i, v);
}

static const char *word(weyl_csv *c, const char *p, size_t i, size_t j,
                        int64_t *code) {
  weyl_text field;
  p = any_field(c, p, i, &field);
  if (p == NULL || cut(c, p)) return NULL;
  *code = 0;
  if (is_missing(c, field)) return p;
  *code = weyl_words_code(&c->words[c->together ? 0 : j], field);
  if (*code > 0) return p;
  c->status = WEYL_ENOMEM;
  return NULL;
}

/* ---- rows ---- */

/* Whether the line end at p may be taken: more bytes could change it. */
static int line_end(const weyl_csv *c, const char *p) {
  const char *end = c->text + c->n;
  return c->ended || (p < end && (*p == '\n' || p + 1 < end));
}

/* Behind the line end at p, which is counted. */
static const char *next_line(weyl_csv *c, const char *p) {
  const char *end = c->text + c->n;
  c->line++;
  if (p >= end) return end;
  return p + (*p == '\r' && p + 1 < end && p[1] == '\n' ? 2 : 1);
}

/* From the stop at p to the next field; NULL when the row ends here. */
static const char *next_field(const weyl_csv *c, const char *p) {
  if (*p == '\n' || *p == '\r') return NULL;
  if (c->delimiter != ' ') return skip_blanks(c, p + 1);
  while (*p == ' ' || *p == '\t') p++;
  return *p == '\n' || *p == '\r' ? NULL : p;
}

/* The number of fields of the row at p; 0 when its end is not there. */
static size_t count_fields(weyl_csv *c, const char *p) {
  weyl_text field;
  size_t lines = c->lines;
  for (size_t i = 1;; i++) {
    p = any_field(c, p, i - 1, &field);
    if (p == NULL) return 0;
    const char *q = next_field(c, p);
    c->lines = lines;
    if (q == NULL) {
      while (*p == ' ' || *p == '\t') p++;
      return line_end(c, p) ? i : 0;
    }
    p = q;
  }
}

/* Reads one field of column i into the row that begins at numbers, codes. */
static const char *read_field(weyl_csv *c, const char *p, size_t i,
                              double **numbers, int64_t **codes) {
  weyl_text field;
  switch (c->skip > 0 ? WEYL_CSV_SKIP : c->kinds[i]) {
    case WEYL_CSV_NUMBER: return number(c, p, i, (*numbers)++);
    case WEYL_CSV_WORD: {
      size_t j = (size_t)(*codes - c->codes) % c->nwords;
      return word(c, p, i, j, (*codes)++);
    }
    default: return any_field(c, p, i, &field);
  }
}

/* The row at p has another number of fields than it should; NULL. */
static const char *wrong_width(weyl_csv *c, const char *p) {
  size_t n = count_fields(c, p);
  if (n > 0)
    c->status = weyl_fail(WEYL_EINVAL, "line %zu has %zu fields, not %zu",
                          c->line, n, c->width);
  return NULL;
}

/* Reads the row at p; behind it, or NULL when that is not possible (yet). */
static const char *read_row(weyl_csv *c, const char *first) {
  double *numbers = c->numbers + c->rows * c->nnumbers;
  int64_t *codes = c->codes + c->rows * c->nwords;
  const char *p = first;
  for (size_t i = 0; i < c->width; i++) {
    p = read_field(c, p, i, &numbers, &codes);
    if (p == NULL) return NULL;
    const char *q = next_field(c, p);
    if (i + 1 == c->width && q == NULL) break;
    if (i + 1 == c->width || q == NULL) return wrong_width(c, first);
    p = q;
  }
  while (*p == ' ' || *p == '\t') p++; /* a delimiter may be a blank */
  if (!line_end(c, p)) return NULL;
  if (c->skip > 0) c->skip--;
  else c->rows++;
  c->line += c->lines;
  return next_line(c, p);
}

/* Room for one more row, and the columns once a first row is there. */
static int prepare(weyl_csv *c, const char *p) {
  if (c->width == 0) {
    size_t n = count_fields(c, p);
    if (n == 0) return 0;
    unsigned char *kinds = weyl_malloc(n);
    if (kinds != NULL) memset(kinds, WEYL_CSV_WORD, n);
    c->together = 1;
    c->status = kinds != NULL ? weyl_csv_columns(c, n, kinds, c->skip)
                              : WEYL_ENOMEM;
    weyl_free(kinds);
    if (c->status != WEYL_OK) return 0;
  }
  size_t rows = c->rows + 1;
  if (weyl_grow(&c->numbers, &c->numbers_room, rows * c->nnumbers + 1,
                sizeof *c->numbers) &&
      weyl_grow(&c->codes, &c->codes_room, rows * c->nwords + 1,
                sizeof *c->codes))
    return 1;
  c->status = WEYL_ENOMEM;
  return 0;
}

/* Behind a line without fields at p; p itself when there are some. */
static const char *skip_line(weyl_csv *c, const char *p) {
  const char *end = c->text + c->n, *q = p;
  while (*q == ' ' || (*q == '\t' && c->delimiter != '\t')) q++;
  if (c->comment != 0 && *q == c->comment && q < end)
    while (q < end && *q != '\n' && *q != '\r') q++;
  else if (*q != '\n' && *q != '\r')
    return q;
  return line_end(c, q) ? next_line(c, q) : NULL;
}

/* Reads a row or goes over a line; NULL when the bytes do not hold one. */
static const char *step(weyl_csv *c, const char *p) {
  const char *q = skip_line(c, p);
  if (q == NULL || (q != p && (q[-1] == '\n' || q[-1] == '\r'))) return q;
  if (q == c->text + c->n) return q;
  c->lines = 0;
  return prepare(c, q) ? read_row(c, q) : NULL;
}

/* ---- bytes ---- */

char *weyl_csv_room(weyl_csv *c, size_t n) {
  if (c->at > 0) {
    c->n -= c->at;
    memmove(c->text, c->text + c->at, c->n);
    c->at = 0;
  }
  size_t need = c->n + n + 1 + WEYL_NUMBER_PAD;
  return weyl_grow(&c->text, &c->room, need, 1) ? c->text + c->n : NULL;
}

void weyl_csv_filled(weyl_csv *c, size_t n) {
  c->n += n;
  memset(c->text + c->n, '\n', 1 + WEYL_NUMBER_PAD);
}

weyl_status weyl_csv_end(weyl_csv *c) {
  if (weyl_csv_room(c, 0) == NULL) return WEYL_ENOMEM;
  weyl_csv_filled(c, 0);
  c->ended = 1;
  return WEYL_OK;
}

/* Goes over the mark of UTF-8, which may stand in front of the first row. */
static weyl_status skip_mark(weyl_csv *c) {
  c->begun = 1;
  if (c->n >= 3 && memcmp(c->text, "\xEF\xBB\xBF", 3) == 0) c->at = 3;
  if (c->n >= 2 && (memcmp(c->text, "\xFF\xFE", 2) == 0 ||
                    memcmp(c->text, "\xFE\xFF", 2) == 0))
    return weyl_fail(WEYL_EINVAL,
                     "the text is UTF-16; it must be UTF-8 or ASCII");
  return WEYL_OK;
}

/* Why the row that the unread bytes begin with is not whole, if that is bad. */
static weyl_status check_rest(const weyl_csv *c) {
  if (c->status != WEYL_OK) return c->status;
  if (c->ended)
    return weyl_fail(WEYL_EINVAL, "line %zu: a quote is not closed", c->line);
  if (c->n - c->at > WEYL_CSV_ROW)
    return weyl_fail(WEYL_EINVAL, "line %zu: a row of over %zu MiB; is a "
                     "quote left open?", c->line, WEYL_CSV_ROW >> 20);
  return WEYL_OK;
}

weyl_status weyl_csv_parse(weyl_csv *c, size_t most) {
  c->status = WEYL_OK;
  if (!c->ended && (c->n < 3 || c->n - c->at < c->patience)) return WEYL_OK;
  if (!c->begun) c->status = skip_mark(c);
  c->patience = 0;
  while (c->status == WEYL_OK && c->at < c->n && c->rows < most) {
    const char *p = step(c, c->text + c->at);
    if (p == NULL) {
      c->patience = 2 * (c->n - c->at);
      return check_rest(c);
    }
    c->at = (size_t)(p - c->text);
  }
  return c->status;
}

/* ---- what was read ---- */

size_t weyl_csv_width(const weyl_csv *c) { return c->width; }
size_t weyl_csv_rows(const weyl_csv *c) { return c->rows; }
void weyl_csv_drop(weyl_csv *c) { c->rows = 0; }
size_t weyl_csv_nnumbers(const weyl_csv *c) { return c->nnumbers; }
size_t weyl_csv_nwords(const weyl_csv *c) { return c->nwords; }
const double *weyl_csv_numbers(const weyl_csv *c) { return c->numbers; }
const int64_t *weyl_csv_codes(const weyl_csv *c) { return c->codes; }

size_t weyl_csv_count(const weyl_csv *c, size_t j) {
  return weyl_words_count(&c->words[j]);
}

weyl_text weyl_csv_word(const weyl_csv *c, size_t j, size_t k) {
  return weyl_words_at(&c->words[j], k);
}

void weyl_csv_forget(weyl_csv *c, size_t j) { weyl_words_clear(&c->words[j]); }
