/*
** error.h: the one error contract of the engine.
**
** A function that can fail returns a weyl_status (or NULL where it returns a
** pointer) after filling the message with weyl_fail. Nothing here prints,
** exits or jumps. The message belongs to the calling thread and lasts until
** the next failure on it.
*/
#ifndef weyl_error_h
#define weyl_error_h

#include "weyl.h"

/* Fills the message (printf style, 1 KiB at most) and returns `status`. */
weyl_status weyl_fail(weyl_status status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
