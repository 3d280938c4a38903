/*
** keys.h: the characters that are typed, and the signals that come meanwhile.
*/
#ifndef weyl_keys_h
#define weyl_keys_h

#include <histedit.h>

/* Makes `el` read here; 0 when the system refuses. */
int wl_keys_open(EditLine *el);
void wl_keys_close(void);

/*
** Between begin and end signals are listened to. wl_keys_end says whether
** Ctrl-C ended the reading.
*/
void wl_keys_begin(EditLine *el);
int wl_keys_end(EditLine *el);

#endif
