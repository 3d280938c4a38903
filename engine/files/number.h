/*
** number.h: decimal text to floats and back, to the last bit, whatever the
** user's locale is.
*/
#ifndef weyl_number_h
#define weyl_number_h

#include <stddef.h>

/* Bytes that weyl_number may look at beyond the end of a number. */
#define WEYL_NUMBER_PAD 8

/*
** Reads a decimal number, or nan, inf, infinity in any case, at the first byte
** of s. Returns where it ends, NULL when there is none. The nearest double, as
** IEEE 754 wants it; too large ones become infinite. A byte that no number
** has, such as a line's end, and WEYL_NUMBER_PAD more must follow.
*/
const char *weyl_number(const char *s, double *v);

/* Room for any number as text, with its final zero. */
#define WEYL_NUMBER_TEXT 32

/*
** Writes the shortest of the decimal forms with 15 to 17 digits (of a single:
** 6 to 9) that is read back as v; nan, inf, -inf. Returns the length.
*/
size_t weyl_number_text(char *to, double v, int single);

#endif
