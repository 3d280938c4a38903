/*
** stop.c: the request to stop, one flag that a signal handler may set.
*/
#include "base/stop.h"

#include "base/error.h"

_Atomic int weyl_stop_asked;

void weyl_interrupt(int on) { weyl_stop_asked = on; }

weyl_status weyl_stopped(void) {
  weyl_stop_asked = 0;
  return weyl_fail(WEYL_ESTOP, "interrupted!");
}

weyl_status weyl_stop_check(void) {
  return weyl_stopping() ? weyl_stopped() : WEYL_OK;
}
