/*
** mpi.c: the transport over MPI; the only file that includes mpi.h.
**
** It is a shared object of its own (lua/weyl/mpi.so), loaded by dist.c into
** processes that mpirun or srun started. Errors come back as text instead of
** ending the program.
*/
#include <mpi.h>
#include <stdlib.h>

#include "dist/dist.h"

enum { TAG = 1 };
static const size_t MOST = (size_t)1 << 30; /* MPI counts are ints */

static MPI_Op ordered_sum; /* not commutative, so that MPI keeps the order */
static weyl_transport self;

static const char *wrong(int code) {
  static char text[MPI_MAX_ERROR_STRING];
  int n;
  if (code == MPI_SUCCESS) return NULL;
  return MPI_Error_string(code, text, &n) == MPI_SUCCESS ? text : "an error";
}

/* ---- sums ---- */

/* acc <- in + acc, where `in` is of lower ranks. */
#define ADD(type)                                                  \
  do {                                                             \
    const type *x = in;                                            \
    type *y = acc;                                                 \
    for (int i = 0; i < *n; i++) y[i] = x[i] + y[i];               \
  } while (0)

static void add(void *in, void *acc, int *n, MPI_Datatype *type) {
  if (*type == MPI_FLOAT) ADD(float);
  else if (*type == MPI_DOUBLE) ADD(double);
  else ADD(int64_t);
}

static const char *sum(void *data, size_t n, int dtype) {
  MPI_Datatype type = MPI_INT64_T;
  if (dtype == WEYL_F32 || dtype == WEYL_C64) type = MPI_FLOAT;
  if (dtype == WEYL_F64 || dtype == WEYL_C128) type = MPI_DOUBLE;
  if (dtype == WEYL_C64 || dtype == WEYL_C128) n *= 2;
  size_t width = type == MPI_FLOAT ? sizeof(float) : sizeof(double);
  for (char *at = data; n > 0;) {
    size_t part = n < MOST ? n : MOST;
    int code = MPI_Allreduce(MPI_IN_PLACE, at, (int)part, type, ordered_sum,
                             MPI_COMM_WORLD);
    if (code != MPI_SUCCESS) return wrong(code);
    at += part * width;
    n -= part;
  }
  return NULL;
}

/* ---- bytes ---- */

static const char *broadcast(void *data, size_t bytes) {
  for (char *at = data; bytes > 0;) {
    size_t part = bytes < MOST ? bytes : MOST;
    int code = MPI_Bcast(at, (int)part, MPI_BYTE, 0, MPI_COMM_WORLD);
    if (code != MPI_SUCCESS) return wrong(code);
    at += part;
    bytes -= part;
  }
  return NULL;
}

static const char *barrier(void) {
  return wrong(MPI_Barrier(MPI_COMM_WORLD));
}

static const char *send(int to, const void *data, size_t bytes) {
  if (bytes > MOST) return "the message is longer than 1 GiB";
  return wrong(MPI_Send(data, (int)bytes, MPI_BYTE, to, TAG, MPI_COMM_WORLD));
}

static const char *probe(int *from, size_t *bytes) {
  MPI_Status status;
  int there, n;
  int code = MPI_Iprobe(MPI_ANY_SOURCE, TAG, MPI_COMM_WORLD, &there, &status);
  *from = -1;
  if (code != MPI_SUCCESS || !there) return wrong(code);
  code = MPI_Get_count(&status, MPI_BYTE, &n);
  *from = status.MPI_SOURCE;
  *bytes = (size_t)n;
  return wrong(code);
}

static const char *receive(int from, void *data, size_t bytes) {
  return wrong(MPI_Recv(data, (int)bytes, MPI_BYTE, from, TAG, MPI_COMM_WORLD,
                        MPI_STATUS_IGNORE));
}

/* ---- begin and end ---- */

static const char *finish(void) { return wrong(MPI_Finalize()); }

/*
** A rank that ends with an error would leave the others waiting for it, in a
** sum or in MPI_Finalize: they must be stopped. Open MPI's mpirun stops them
** when a rank is gone that did not finalize. Others need MPI_Abort, whose
** message that mpirun (4.1) may garble and then wait for itself.
*/
static void end(int status, void *arg) {
  (void)arg;
  int over;
  if (MPI_Finalized(&over) != MPI_SUCCESS || over) return;
  if (status == 0) MPI_Finalize();
  else if (getenv("OMPI_COMM_WORLD_SIZE") == NULL)
    MPI_Abort(MPI_COMM_WORLD, status);
}

__attribute__((visibility("default"))) const char *weyl_mpi_start(
    const weyl_transport **t);

const char *weyl_mpi_start(const weyl_transport **t) {
  int level, code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
  if (code != MPI_SUCCESS) return wrong(code);
  if (on_exit(end, NULL) != 0) return "no room for an exit handler";
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, &self.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &self.size);
  code = MPI_Op_create(add, 0, &ordered_sum);
  if (code != MPI_SUCCESS) return wrong(code);
  self.sum = sum;
  self.broadcast = broadcast;
  self.barrier = barrier;
  self.send = send;
  self.probe = probe;
  self.receive = receive;
  self.finish = finish;
  *t = &self;
  return NULL;
}
