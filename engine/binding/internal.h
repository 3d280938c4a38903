/*
** internal.h: what the files of the binding share among themselves.
*/
#ifndef weyl_binding_internal_h
#define weyl_binding_internal_h

#include "binding/binding.h"

/* tensor.c */
T **wl_tensorslot(lua_State *L, int idx);
weyl_param **wl_newparam(lua_State *L);
T *wl_number(lua_State *L, int idx, const T *like);
int wl_finish(lua_State *L, T *t);
int wl_raise(lua_State *L); /* message on top; adds the user's line */
void wl_where(lua_State *L);
void wl_note_line(lua_State *L);
void wl_reclaim(lua_State *L);
void wl_setevent(lua_State *L, const char *event);

/* convert.c: tensors from and to Lua values */
void wl_open_convert(lua_State *L);

/* Adds functions to the module table and to the methods table. */
void wl_addmethods(lua_State *L, const luaL_Reg *list);

/*
** tree.c: trees are Lua tables of tensors, nested at will. Leaves come in a
** defined order: integer keys ascending (there may be gaps), then string keys
** sorted by their bytes. Other keys and values are left alone.
*/
typedef enum wl_leaves { WL_TENSORS = 1, WL_PARAMS = 2 } wl_leaves;
/* Calls visit with each leaf on top of the stack (it must leave it there). */
typedef void (*wl_visit)(lua_State *L, void *arg);
void wl_tree_walk(lua_State *L, int idx, int what, wl_visit visit, void *arg);
/*
** Pushes a copy of the tree at idx in which make(arg) pushed a value for each
** leaf, in the same order. With `only` everything else is left out; an empty
** subtree is nil. A lone leaf is a tree.
*/
typedef void (*wl_make)(lua_State *L, void *arg);
void wl_tree_copy(lua_State *L, int idx, int what, int only, wl_make make,
                  void *arg);
void wl_open_tree(lua_State *L);

#endif
