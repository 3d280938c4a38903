/*
** compose_einsum.c: the public function einsum.
**
** Operands are contracted pairwise from left to right. Each pair becomes one
** batched matrix product by permuting and reshaping, so that the work is
** GEMM; pairs without a summed index become a broadcast product. Before a
** product an operand takes its own diagonals (repeated indices) and sums
** over indices nobody else needs.
**
** Invariant: the letters of a term are distinct after take_diagonals, and a
** set of letters is a bit mask in the order A..Z, a..z.
*/
#include <string.h>

#include "tensor/compose.h"
#include "tensor/matrix.h"

enum { MOST_TERMS = 16, LETTERS = 52 };

typedef uint64_t letters;

typedef struct term {
  T *t;
  int n;
  int at[WEYL_MAX_RANK]; /* letter of each dimension */
} term;

typedef struct formula {
  const char *text;
  int nterms, explicit_out;
  term in[MOST_TERMS];
  term out; /* t is NULL */
  int64_t size[LETTERS];
} formula;

/* ---- reading the formula ---- */

static int letter_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

static char letter_name(int letter) {
  return (char)(letter < 26 ? 'A' + letter : 'a' + letter - 26);
}

static letters set_of(const term *t) {
  letters set = 0;
  for (int i = 0; i < t->n; i++) set |= (letters)1 << t->at[i];
  return set;
}

static int has(letters set, int letter) { return set >> letter & 1; }

static int bad_formula(const formula *f, const char *why) {
  weyl_fail(WEYL_EINVAL, "einsum: formula '%.100s' %s", f->text, why);
  return 0;
}

static int read_letter(formula *f, term *t, char c) {
  int letter = letter_of(c);
  if (letter < 0) {
    weyl_fail(WEYL_EINVAL,
              "einsum: '%c' in formula '%.100s' is not an index letter", c,
              f->text);
    return 0;
  }
  if (t->n == WEYL_MAX_RANK)
    return bad_formula(f, "has a term with too many indices");
  t->at[t->n++] = letter;
  return 1;
}

/* 'ij,jk->ik': terms by commas, spaces anywhere, the arrow at most once. */
static int read_formula(formula *f) {
  term *t = &f->in[0];
  f->nterms = 1;
  for (const char *p = f->text; *p != '\0'; p++) {
    if (*p == ' ') continue;
    if (p[0] == '-' && p[1] == '>') {
      if (f->explicit_out) return bad_formula(f, "has two arrows");
      f->explicit_out = 1;
      t = &f->out;
      p++;
    } else if (*p == ',') {
      if (f->explicit_out) return bad_formula(f, "has two outputs");
      if (f->nterms == MOST_TERMS) return bad_formula(f, "has too many terms");
      t = &f->in[f->nterms++];
    } else if (!read_letter(f, t, *p)) {
      return 0;
    }
  }
  return 1;
}

/* Without an arrow: the letters that occur once, in order. */
static int imply_output(formula *f) {
  letters once = 0, more = 0;
  for (int i = 0; i < f->nterms; i++)
    for (int d = 0; d < f->in[i].n; d++) {
      letters bit = (letters)1 << f->in[i].at[d];
      more |= once & bit;
      once |= bit;
    }
  for (int c = 0; c < LETTERS; c++) {
    if (!has(once & ~more, c)) continue;
    if (f->out.n == WEYL_MAX_RANK)
      return bad_formula(f, "implies an output of too many dimensions");
    f->out.at[f->out.n++] = c;
  }
  return 1;
}

static int check_output(formula *f) {
  letters known = 0, seen = 0;
  for (int i = 0; i < f->nterms; i++) known |= set_of(&f->in[i]);
  for (int d = 0; d < f->out.n; d++) {
    int c = f->out.at[d];
    const char *why = !has(known, c) ? "that no operand has"
                      : has(seen, c) ? "twice" : NULL;
    if (why != NULL) {
      weyl_fail(WEYL_EINVAL, "einsum: the output of '%.100s' has index %c %s",
                f->text, letter_name(c), why);
      return 0;
    }
    seen |= (letters)1 << c;
  }
  return 1;
}

/* Gives term i its operand; an index has one size everywhere. */
static int wrong_size(int64_t known, int letter, int dim, int i, int64_t got) {
  weyl_fail(WEYL_EINVAL,
            "einsum: index %c is %lld elsewhere, but dimension %d of operand "
            "%d is %lld",
            letter_name(letter), (long long)known, dim + 1, i + 1,
            (long long)got);
  return 0;
}

static int check_operand(const formula *f, int i, const T *x) {
  char text[WEYL_SHAPE_TEXT];
  if (!weyl_is_float(x->dtype)) {
    weyl_fail(WEYL_EINVAL,
              "einsum: operand %d must be f32, f64, c64 or c128, got %s "
              "(convert with :to'f32')",
              i + 1, weyl_dtype_name(x->dtype));
    return 0;
  }
  if (x->rank == f->in[i].n) return 1;
  weyl_fail(WEYL_EINVAL,
            "einsum: term %d of '%.100s' has %d indices, but operand %d has "
            "shape %s",
            i + 1, f->text, f->in[i].n, i + 1,
            weyl_shape_text(text, x->rank, x->dims));
  return 0;
}

static int bind(formula *f, int i, T *x) {
  term *t = &f->in[i];
  if (!check_operand(f, i, x)) return 0;
  for (int d = 0; d < t->n; d++) {
    int64_t *size = &f->size[t->at[d]];
    if (*size >= 0 && *size != x->dims[d])
      return wrong_size(*size, t->at[d], d, i, x->dims[d]);
    *size = x->dims[d];
  }
  t->t = x;
  return 1;
}

static int bind_all(B *b, formula *f, const weyl_arg *xs) {
  if (xs->n != f->nterms) {
    weyl_fail(WEYL_EINVAL,
              "einsum: formula '%.100s' has %d term%s, got %d operand%s",
              f->text, f->nterms, f->nterms == 1 ? "" : "s", xs->n,
              xs->n == 1 ? "" : "s");
    return 0;
  }
  for (int c = 0; c < LETTERS; c++) f->size[c] = -1;
  int dtype = WEYL_F32;
  for (int i = 0; i < xs->n; i++) {
    if (!bind(f, i, xs->list[i])) return 0;
    dtype = weyl_promote(dtype, xs->list[i]->dtype);
  }
  for (int i = 0; i < xs->n; i++)
    f->in[i].t = b_cast(b, f->in[i].t, dtype);
  return 1;
}

/* ---- one term ---- */

static void drop_dim(term *t, int d) {
  t->n--;
  for (; d < t->n; d++) t->at[d] = t->at[d + 1];
}

/* Dimensions i < j with one letter become their diagonal, at the end. */
static void take_diagonal(B *b, term *t, int i, int j) {
  int perm[WEYL_MAX_RANK], n = 0, letter = t->at[i];
  for (int d = 0; d < t->n; d++)
    if (d != i && d != j) perm[n++] = d;
  perm[n++] = i;
  perm[n] = j;
  t->t = b_diagonal(b, b_permute(b, t->t, perm));
  drop_dim(t, j);
  drop_dim(t, i);
  t->at[t->n++] = letter;
}

static void take_diagonals(B *b, term *t) {
  for (int i = 0; i < t->n; i++)
    for (int j = i + 1; j < t->n; j++)
      if (t->at[i] == t->at[j]) {
        take_diagonal(b, t, i, j);
        i = -1; /* positions have moved: look again from the start */
        break;
      }
}

/* Sums over the letters outside of `kept`. */
static void sum_out(B *b, term *t, letters kept) {
  uint32_t mask = 0;
  int n = 0;
  for (int d = 0; d < t->n; d++) {
    if (!has(kept, t->at[d])) mask |= 1u << d;
    else t->at[n++] = t->at[d];
  }
  t->n = n;
  t->t = b_sum(b, t->t, mask, 0);
}

/* The dimension of t that has the letter, -1 if none. */
static int dim_of(const term *t, int letter) {
  for (int d = 0; d < t->n; d++)
    if (t->at[d] == letter) return d;
  return -1;
}

/* Appends to `order` the dimensions of t in the set, in by's order. */
static int append_dims(const term *t, const term *by, letters set, int *order,
                       int n) {
  for (int d = 0; d < by->n; d++)
    if (has(set, by->at[d])) order[n++] = dim_of(t, by->at[d]);
  return n;
}

static int identity(const int *order, int n) {
  for (int i = 0; i < n; i++)
    if (order[i] != i) return 0;
  return 1;
}

static int64_t volume(const formula *f, letters set) {
  int64_t dims[LETTERS];
  int n = 0;
  for (int c = 0; c < LETTERS; c++)
    if (has(set, c)) dims[n++] = f->size[c];
  return weyl_count(n, dims);
}

/* One operand of a product. Both must agree on the order of what they share. */
typedef struct side {
  const term *t, *first; /* the operand; the first operand of the product */
  letters batch, rows, cols;
} side;

/* Fills order with batch, one and other; shared letters go as in `first`. */
static int *side_order(const side *s, letters one, letters other,
                       int order[WEYL_MAX_RANK]) {
  const letters sets[] = {s->batch, one, other};
  int n = 0;
  for (int i = 0; i < 3; i++) {
    int shared = (sets[i] & ~set_of(s->first)) == 0;
    n = append_dims(s->t, shared ? s->first : s->t, sets[i], order, n);
  }
  return order;
}

/*
** An operand as matrices [batch, rows, cols], without batch [rows, cols].
** Stored the other way round it is read as a transpose, at no cost.
*/
static T *as_matrices(B *b, const formula *f, const side *s) {
  int order[WEYL_MAX_RANK], other[WEYL_MAX_RANK], n = s->t->n;
  side_order(s, s->rows, s->cols, order);
  int flipped = !identity(order, n) &&
                identity(side_order(s, s->cols, s->rows, other), n);
  T *x = flipped ? s->t->t : b_permute(b, s->t->t, order);
  int64_t rows = volume(f, s->rows), cols = volume(f, s->cols);
  int64_t dims[] = {volume(f, s->batch), flipped ? cols : rows,
                    flipped ? rows : cols};
  x = s->batch ? b_reshape(b, x, 3, dims) : b_reshape(b, x, 2, dims + 1);
  return flipped ? b_transpose(b, x) : x;
}

/* ---- two terms ---- */

/* Adds t's letters in the set, in t's order, to the end of y. */
static void append_letters(term *y, const term *t, letters set) {
  for (int d = 0; d < t->n; d++)
    if (has(set, t->at[d])) y->at[y->n++] = t->at[d];
}

/* t permuted to the order of y's letters, with 1 for those it lacks */
static T *spread(B *b, const formula *f, const term *t, const term *y) {
  int order[WEYL_MAX_RANK], n = 0;
  int64_t dims[WEYL_MAX_RANK];
  for (int e = 0; e < y->n; e++) {
    int d = dim_of(t, y->at[e]);
    dims[e] = d < 0 ? 1 : f->size[y->at[e]];
    if (d >= 0) order[n++] = d;
  }
  return b_reshape(b, b_permute(b, t->t, order), y->n, dims);
}

/*
** The product of x and y, summed over the letters both have and `later`, the
** letters of the output and of terms to come, does not.
*/
static int contract(B *b, const formula *f, term *x, term *y, letters later) {
  letters a = set_of(x), c = set_of(y);
  sum_out(b, x, c | later);
  sum_out(b, y, a | later);
  a = set_of(x), c = set_of(y);
  letters batch = a & c & later, inner = a & c & ~later;
  term z = {0};
  if (__builtin_popcountll((a | c) & ~inner) > WEYL_MAX_RANK)
    return bad_formula(f, "needs an intermediate of too many dimensions");
  append_letters(&z, x, batch);
  append_letters(&z, x, a & ~c);
  append_letters(&z, y, c & ~a);
  if (inner == 0) {
    z.t = b_mul(b, spread(b, f, x, &z), spread(b, f, y, &z));
  } else {
    int64_t dims[WEYL_MAX_RANK];
    for (int d = 0; d < z.n; d++) dims[d] = f->size[z.at[d]];
    const side left = {x, x, batch, a & ~c, inner};
    const side right = {y, x, batch, inner, c & ~a};
    T *p = b_matmul(b, as_matrices(b, f, &left), as_matrices(b, f, &right));
    z.t = b_reshape(b, p, z.n, dims);
  }
  *x = z;
  return z.t != NULL;
}

/* Sums what is left over and brings the rest into the output's order. */
static T *deliver(B *b, const formula *f, term *t) {
  int order[WEYL_MAX_RANK];
  sum_out(b, t, set_of(&f->out));
  append_dims(t, &f->out, set_of(&f->out), order, 0);
  return b_permute(b, t->t, order);
}

int weyl_build_einsum(B *b, const weyl_arg *a, T **out) {
  formula f = {.text = a[0].s};
  if (!read_formula(&f) || (!f.explicit_out && !imply_output(&f)) ||
      !check_output(&f) || !bind_all(b, &f, &a[1]))
    return 0;
  for (int i = 0; i < f.nterms; i++) take_diagonals(b, &f.in[i]);
  for (int i = 1; i < f.nterms; i++) {
    letters later = set_of(&f.out);
    for (int k = i + 1; k < f.nterms; k++) later |= set_of(&f.in[k]);
    if (!contract(b, &f, &f.in[0], &f.in[i], later)) return 0;
  }
  return compose_one(out, deliver(b, &f, &f.in[0]));
}
