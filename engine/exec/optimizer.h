/*
** optimizer.h: gradient steps over lists of parameters, fused in C.
**
** An optimizer owns the running moments of its parameters, by position in
** the list. The list is fixed by the first step (or by a loaded state): the
** same number of tensors, each of the same shape and dtype, every time.
**
** Invariant: a step that fails has changed no parameter and no moment.
*/
#ifndef weyl_optimizer_h
#define weyl_optimizer_h

#include "tensor/param.h"

typedef enum weyl_optim_rule {
  WEYL_SGD,  /* momentum, Nesterov's form included */
  WEYL_ADAM, /* Kingma & Ba, arXiv:1412.6980; decay as an L2 penalty */
  WEYL_ADAMW /* Loshchilov & Hutter, arXiv:1711.05101; decoupled decay */
} weyl_optim_rule;

typedef struct weyl_optimizer {
  weyl_optim_rule rule;
  int nesterov;
  double lr, weight_decay;
  double momentum;              /* SGD */
  double beta1, beta2, epsilon; /* Adam */
  int64_t steps;                /* taken so far */
  size_t n;                     /* parameters whose moments are kept */
  weyl_tensor **m, **v;         /* [n]; v only in Adam; owned */
  void **data;                  /* [n] room for one step */
} weyl_optimizer;

/* How many moments per parameter the rule keeps: 0, 1 or 2. */
int weyl_optimizer_moments(const weyl_optimizer *o);

/*
** One step: p[i] follows g[i], evaluated and of p[i]'s shape and dtype. A
** parameter listed twice is stepped once, with the gradient of its first
** place.
*/
weyl_status weyl_optimizer_step(weyl_optimizer *o, size_t n,
                                weyl_param *const *p, weyl_tensor *const *g);

/*
** Replaces the moments by copies of n evaluated tensors (v NULL when the
** rule keeps one) and the count of steps.
*/
weyl_status weyl_optimizer_load(weyl_optimizer *o, int64_t steps, size_t n,
                                weyl_tensor *const *m, weyl_tensor *const *v);

/*
** How far a unit of gradient moves each entry of the ith parameter in Adam,
** lr / (rms of its gradients + epsilon), from its second moment, after the
** first step: a new evaluated tensor of the parameter's shape, real. NULL when
** memory is short.
*/
weyl_tensor *weyl_optimizer_rates(const weyl_optimizer *o, size_t i);

void weyl_optimizer_clear(weyl_optimizer *o); /* frees what it owns */

#endif
