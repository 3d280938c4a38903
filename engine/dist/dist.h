/*
** dist.h: several processes that compute together, one per MPI rank.
**
** Nothing here knows MPI. What does is one file, mpi.c, built as a shared
** object of its own: a program that was not started by mpirun never loads
** it, and runs where there is no MPI. Before weyl_dist_start the process is
** the only one, rank 0 of 1, and everything below is the identity.
**
** sum, broadcast and barrier are collective: every rank calls them, in the
** same order, with as much data.
*/
#ifndef weyl_dist_h
#define weyl_dist_h

#include <stddef.h>

#include "base/error.h"

/*
** What mpi.c offers. Functions return NULL, or what went wrong; the text is
** valid until the next call.
*/
typedef struct weyl_transport {
  int rank, size;
  const char *(*sum)(void *data, size_t n, int dtype);
  const char *(*broadcast)(void *data, size_t bytes);
  const char *(*barrier)(void);
  const char *(*send)(int to, const void *data, size_t bytes);
  const char *(*probe)(int *from, size_t *bytes); /* from < 0: nothing yet */
  const char *(*receive)(int from, void *data, size_t bytes);
  const char *(*finish)(void);
} weyl_transport;

/* The name under which mpi.c exports its starter, and its type. */
#define WEYL_TRANSPORT "weyl_mpi_start"
typedef const char *(*weyl_transport_start)(const weyl_transport **t);

/*
** Loads mpi.so and joins the other ranks. From then on the way the process
** ends decides about all: exit status 0 waits for the others, any other
** stops them.
*/
weyl_status weyl_dist_start(const char *path);

int weyl_dist_rank(void);
int weyl_dist_size(void);

/*
** Sums n elements over all ranks, in place and in the order of the ranks:
** ((x0 + x1) + x2) ... up to brackets that depend on the number of ranks
** alone. Every rank has the same bits afterwards. Not for bool.
*/
weyl_status weyl_dist_sum(void *data, size_t n, int dtype);
/* All ranks get the bytes of rank 0. */
weyl_status weyl_dist_broadcast(void *data, size_t bytes);
/* Waits for all ranks. */
weyl_status weyl_dist_barrier(void);
/* Collective, and the last call: the exit status no longer matters. */
weyl_status weyl_dist_finish(void);

/*
** Messages between two ranks. weyl_dist_wait sleeps until one is there or
** `seconds` are over (then *from < 0); it leaves the processor to others.
*/
weyl_status weyl_dist_send(int to, const void *data, size_t bytes);
weyl_status weyl_dist_wait(double seconds, int *from, size_t *bytes);
weyl_status weyl_dist_receive(int from, void *data, size_t bytes);

#endif
