/*
** error.c: keeps the last failure of each thread.
*/
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char message[1024];
static _Thread_local weyl_status last = WEYL_OK;

weyl_status weyl_fail(weyl_status status, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  vsnprintf(message, sizeof message, fmt, args);
  va_end(args);
  last = status;
  return status;
}

const char *weyl_error_message(void) { return message; }

weyl_status weyl_error_status(void) { return last; }
