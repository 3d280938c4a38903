/*
** dist.c: the transport that is in use, if any.
*/
#include "dist/dist.h"

#include <dlfcn.h>
#include <time.h>

static const weyl_transport *transport; /* NULL: the only process */

int weyl_dist_rank(void) { return transport != NULL ? transport->rank : 0; }
int weyl_dist_size(void) { return transport != NULL ? transport->size : 1; }

/*
** Open MPI finds its own parts among global symbols. The object stays loaded:
** it has something to do when the process exits.
*/
weyl_status weyl_dist_start(const char *path) {
  if (transport != NULL) return WEYL_OK;
  void *object = dlopen(path, RTLD_NOW | RTLD_GLOBAL | RTLD_NODELETE);
  if (object == NULL)
    return weyl_fail(WEYL_EIO, "cannot load MPI: %s", dlerror());
  union { void *object; weyl_transport_start call; } start;
  start.object = dlsym(object, WEYL_TRANSPORT);
  if (start.object == NULL)
    return weyl_fail(WEYL_EIO, "'%s' is not weyl's MPI: %s", path, dlerror());
  const char *wrong = start.call(&transport);
  return wrong == NULL ? WEYL_OK
                       : weyl_fail(WEYL_EIO, "MPI does not start: %s", wrong);
}

static weyl_status status_of(const char *wrong) {
  return wrong == NULL ? WEYL_OK : weyl_fail(WEYL_EIO, "MPI: %s", wrong);
}

weyl_status weyl_dist_sum(void *data, size_t n, int dtype) {
  if (dtype == WEYL_BOOL)
    return weyl_fail(WEYL_EINVAL, "bool tensors have no sum over ranks");
  return transport == NULL ? WEYL_OK
                           : status_of(transport->sum(data, n, dtype));
}

weyl_status weyl_dist_broadcast(void *data, size_t bytes) {
  return transport == NULL ? WEYL_OK
                           : status_of(transport->broadcast(data, bytes));
}

weyl_status weyl_dist_barrier(void) {
  return transport == NULL ? WEYL_OK : status_of(transport->barrier());
}

weyl_status weyl_dist_finish(void) {
  return transport == NULL ? WEYL_OK : status_of(transport->finish());
}

static weyl_status check_peer(int peer) {
  if (peer >= 0 && peer < weyl_dist_size() && peer != weyl_dist_rank())
    return WEYL_OK;
  return weyl_fail(WEYL_EINVAL, "there is no other rank %d among %d", peer,
                   weyl_dist_size());
}

weyl_status weyl_dist_send(int to, const void *data, size_t bytes) {
  weyl_status status = check_peer(to);
  return status != WEYL_OK ? status
                           : status_of(transport->send(to, data, bytes));
}

/* MPI's own waiting keeps a core busy: look, sleep a millisecond, look. */
weyl_status weyl_dist_wait(double seconds, int *from, size_t *bytes) {
  const struct timespec nap = {0, 1000000};
  *from = -1;
  if (transport == NULL) return WEYL_OK;
  for (double left = seconds;; left -= 1e-3) {
    const char *wrong = transport->probe(from, bytes);
    if (wrong != NULL) return status_of(wrong);
    if (*from >= 0 || left <= 0) return WEYL_OK;
    nanosleep(&nap, NULL);
  }
}

weyl_status weyl_dist_receive(int from, void *data, size_t bytes) {
  weyl_status status = check_peer(from);
  return status != WEYL_OK ? status
                           : status_of(transport->receive(from, data, bytes));
}
