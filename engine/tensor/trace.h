/*
** trace.h: which transforms are active, and what must keep its inputs.
**
** While a transform runs, an evaluated node that depends on a traced input
** keeps its inputs, or the derivative would lose that path. Such nodes are
** listed here and let go when the outermost transform ends.
*/
#ifndef weyl_trace_h
#define weyl_trace_h

#include "tensor/tensor.h"

void weyl_trace_begin(void);
void weyl_trace_end(void); /* lets go of the listed nodes at depth 0 */
int weyl_trace_depth(void);

/* Makes room in the list for n more nodes; 0 with a message. */
int weyl_trace_reserve(size_t n);

/*
** Called when a traced node got its data, after room was made for it; 1 when
** it was listed and keeps its inputs, 0 when no transform is active.
*/
int weyl_trace_keep(weyl_tensor *t);

#endif
