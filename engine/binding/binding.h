/*
** binding.h: Lua userdata <-> C objects. The only room that includes lua.h.
**
** Only this room raises Lua errors. Rule for leaks: lua_ functions that may
** raise are never called while a C reference is held only by a C variable;
** make the userdata first (wl_newtensor), then fill it.
*/
#ifndef weyl_binding_h
#define weyl_binding_h

#include <lauxlib.h>
#include <lua.h>

#include "tensor/build.h"
#include "tensor/param.h"

/* The module: `require "weyl.core"`. */
int luaopen_weyl_core(lua_State *L);

/* Pushes an empty tensor userdata; the caller stores a new reference. */
T **wl_newtensor(lua_State *L);
/* The tensor at idx (a parameter gives its reading), NULL if neither. */
T *wl_totensor(lua_State *L, int idx);
/* Same, but raises an error naming function and argument. */
T *wl_checktensor(lua_State *L, int idx, const char *func, const char *arg);
weyl_param *wl_toparam(lua_State *L, int idx); /* NULL if not one */

/* Raises the engine's message, prefixed with the caller's file and line. */
int wl_error(lua_State *L);
/* "func: argument 'arg' must be <expected>, got <what is at idx>". */
int wl_badarg(lua_State *L, int idx, const char *func, const char *arg,
              const char *expected);

/*
** Evaluates; when memory runs out collects all garbage and tries once more.
** Charges new storage to the collector. Raises on failure.
*/
void wl_eval(lua_State *L, int n, T *const *ts);

/* Each adds its functions to the module table on top of the stack. */
void wl_open_tensor(lua_State *L);     /* userdata, operators, indexing */
void wl_open_bytes(lua_State *L);      /* from_bytes, to_bytes */
void wl_open_functions(lua_State *L);  /* the FUNC lines of ops.def */
void wl_open_transforms(lua_State *L); /* grad, vjp, jvp ... */
void wl_open_param(lua_State *L);
void wl_open_system(lua_State *L);     /* memory, threads, profile, seed */
void wl_open_terminal(lua_State *L);   /* its size, its answers */
void wl_open_optim(lua_State *L);      /* fused optimizer steps */
void wl_open_symmetry(lua_State *L);   /* groups, representations, bases */
void wl_open_dist(lua_State *L);       /* ranks of an MPI program */
void wl_open_csv(lua_State *L);      /* text tables */
void wl_open_hdf5(lua_State *L);     /* HDF5 files */

#endif
