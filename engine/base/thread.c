/*
** thread.c: the pool behind weyl_parallel.
**
** [0, n) is cut into at most weyl_threads() equal pieces. Caller and workers
** claim pieces until none is left, so that a worker the system keeps waiting
** holds nobody up; what a piece is never depends on who runs it. Workers are
** started when first needed and sleep when regions are far apart.
**
** Invariants:
** - regions are opened by one thread, the one the engine is called from; what
**   it shares with the workers is changed under `lock`;
** - a worker that could not be started costs speed, never results;
** - a region opened inside a region runs in the thread that opened it;
** - a forked child starts without workers and makes its own when needed.
*/
#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct region {
  weyl_task task;
  void *arg;
  size_t n, piece; /* piece w is [w piece, (w + 1) piece) cut at n */
  int pieces;
  uint64_t round;
} region;

static struct {
  pthread_mutex_t lock;
  pthread_cond_t go, done;
  pthread_t thread[WEYL_MAX_THREADS]; /* of workers 1 .. workers */
  int workers;
  int keep;       /* workers above this number leave */
  int width;      /* threads in use; 0 until decided */
  region now;
  /* written under the lock, looked at without it */
  _Atomic int pending;    /* pieces not finished */
  _Atomic uint64_t claim; /* round << CLAIM_BITS | next piece to run */
  _Atomic uint64_t round; /* grows with every region and change of keep */
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER,
          .go = PTHREAD_COND_INITIALIZER,
          .done = PTHREAD_COND_INITIALIZER};

static _Thread_local int self;   /* worker number of this thread */
static _Thread_local int inside; /* whether it is running a task */

enum { CLAIM_BITS = 8 }; /* WEYL_MAX_THREADS pieces and one fit */

/* The next piece of the region, or -1: none left, or the region is over. */
static int claim(const region *r) {
  uint64_t c = pool.claim;
  for (;;) {
    int piece = (int)(c & ((1u << CLAIM_BITS) - 1));
    if (c >> CLAIM_BITS != r->round || piece >= r->pieces) return -1;
    if (atomic_compare_exchange_weak(&pool.claim, &c, c + 1)) return piece;
  }
}

static void run_piece(const region *r, int piece) {
  size_t begin = (size_t)piece * r->piece;
  size_t end = r->n - begin > r->piece ? begin + r->piece : r->n;
  inside = 1;
  r->task(r->arg, begin, end, self);
  inside = 0;
}

/* Runs what is left of the region. */
static void take_part(const region *r) {
  for (int piece; (piece = claim(r)) >= 0;) {
    run_piece(r, piece);
    pthread_mutex_lock(&pool.lock);
    if (--pool.pending == 0) pthread_cond_signal(&pool.done);
    pthread_mutex_unlock(&pool.lock);
  }
}

/* ---- workers ---- */

/*
** Waking a sleeper takes longer than a small region: both sides look for the
** change they wait for, some 10 us long, before they sleep.
*/
enum { LOOKS = 500 };

static void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  atomic_thread_fence(memory_order_seq_cst);
#endif
}

/* Waits for the next round; returns whether this worker is to stay. */
static int wait_round(int worker, uint64_t *seen, region *r) {
  for (int i = 0; i < LOOKS && pool.round == *seen; i++) relax();
  pthread_mutex_lock(&pool.lock);
  while (pool.round == *seen) pthread_cond_wait(&pool.go, &pool.lock);
  *seen = pool.round;
  *r = pool.now;
  int stay = worker <= pool.keep;
  pthread_mutex_unlock(&pool.lock);
  return stay;
}

static void *work(void *arg) {
  uint64_t seen = 0; /* so that it serves the round that started it */
  region r;
  self = (int)(intptr_t)arg;
  while (wait_round(self, &seen, &r)) take_part(&r);
  return NULL;
}

static void wait_workers(void) {
  for (int i = 0; i < LOOKS && pool.pending > 0; i++) relax();
  pthread_mutex_lock(&pool.lock);
  while (pool.pending > 0) pthread_cond_wait(&pool.done, &pool.lock);
  pthread_mutex_unlock(&pool.lock);
}

static void forget_workers(void) {
  pool.workers = 0;
  pool.pending = 0;
  pthread_mutex_init(&pool.lock, NULL);
  pthread_cond_init(&pool.go, NULL);
  pthread_cond_init(&pool.done, NULL);
}

/* Starts workers up to `count`; signals stay with the caller's thread. */
static void start_workers(int count) {
  static int registered;
  sigset_t all, old;
  if (!registered)
    registered = pthread_atfork(NULL, NULL, forget_workers) == 0;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  while (pool.workers < count) {
    int w = pool.workers + 1;
    if (pthread_create(&pool.thread[w], NULL, work, (void *)(intptr_t)w) != 0)
      break;
    pool.workers = w;
  }
  pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* Sends workers above `count` away and waits for them. */
static void stop_workers(int count) {
  pthread_mutex_lock(&pool.lock);
  pool.keep = count;
  pool.now.pieces = 0;
  pool.round++;
  pthread_cond_broadcast(&pool.go);
  pthread_mutex_unlock(&pool.lock);
  while (pool.workers > count) pthread_join(pool.thread[pool.workers--], NULL);
}

/* ---- regions ---- */

static void fork_join(region *r) {
  pthread_mutex_lock(&pool.lock);
  if (pool.workers < r->pieces - 1) start_workers(r->pieces - 1);
  pool.keep = pool.workers;
  r->round = ++pool.round;
  pool.now = *r;
  pool.pending = r->pieces;
  pool.claim = r->round << CLAIM_BITS;
  pthread_cond_broadcast(&pool.go);
  pthread_mutex_unlock(&pool.lock);
  take_part(r);
  wait_workers();
}

void weyl_parallel(size_t n, size_t grain, weyl_task task, void *arg) {
  if (n == 0) return;
  if (grain == 0) grain = 1;
  int width = weyl_threads();
  if (inside || width == 1 || n <= grain) {
    task(arg, 0, n, self);
    return;
  }
  size_t grains = (n - 1) / grain + 1;
  size_t piece = ((grains - 1) / (size_t)width + 1) * grain;
  region r = {task, arg, n, piece, (int)((n - 1) / piece + 1), 0};
  fork_join(&r);
}

int weyl_cores(void) {
#ifdef CPU_COUNT
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (int)n : 1;
}

static int clamp(long n) {
  return n < 1 ? 1 : n > WEYL_MAX_THREADS ? WEYL_MAX_THREADS : (int)n;
}

int weyl_threads(void) {
  if (pool.width == 0) {
    const char *s = getenv("WEYL_THREADS");
    long n = s != NULL ? strtol(s, NULL, 10) : 0;
    pool.width = clamp(n > 0 ? n : weyl_cores());
  }
  return pool.width;
}

int weyl_set_threads(int n) {
  pool.width = clamp(n);
  if (pool.workers >= pool.width) stop_workers(pool.width - 1);
  return pool.width;
}
