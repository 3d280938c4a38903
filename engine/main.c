/*
** main.c: the program `weyl`.
**
** It takes the command line of the stock `lua` (so that busted and other Lua
** programs run under it), with five differences: Lua's memory comes from the
** engine's counting allocator, `require "weyl"` finds weyl, undefined globals
** are errors in the script, the prompt is the one of repl.c, and a first
** argument that is a verb of weyl.cli goes there: `weyl show 3`.
**
** Exit status: 0, 1 after a failure, and what a verb says.
** Environment: LUA_INIT, LUA_PATH ... as in `lua`; WEYL_GCSTRESS=1 keeps the
** collector running all the time, for tests.
*/
#include <libgen.h>
#include <limits.h>
#include <lualib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "binding/binding.h"
#include "binding/program.h"
#include "weyl.h"

typedef struct options {
  int version, help, prompt, noenv, execute;
  int script; /* index of the script in argv, argc when there is none */
} options;

static void print_usage(const char *bad) {
  if (bad != NULL && (strcmp(bad, "-e") == 0 || strcmp(bad, "-l") == 0))
    fprintf(stderr, "weyl: '%s' needs an argument\n", bad);
  else if (bad != NULL)
    fprintf(stderr, "weyl: unrecognized option '%s'\n", bad);
  fputs("usage: weyl [options] [script [args]]\n"
        "  -e stat   run the statement 'stat'\n"
        "  -i        go to the prompt after running 'script'\n"
        "  -l mod    require 'mod' into the global 'mod'\n"
        "  -l g=mod  require 'mod' into the global 'g'\n"
        "  -v        show the version\n"
        "  -E        ignore environment variables\n"
        "  -W        turn warnings on\n"
        "  -h        show this list\n"
        "  --        stop handling options\n"
        "  -         run standard input\n"
        "or: weyl verb ...; `weyl help` lists the verbs\n",
        bad != NULL ? stderr : stdout);
}

/* ---- the state ---- */

/* lua_Alloc over the counting allocator. */
static void *allocate(void *ud, void *p, size_t old, size_t bytes) {
  (void)ud;
  (void)old;
  if (bytes > 0) return weyl_realloc(p, bytes);
  weyl_free(p);
  return NULL;
}

static struct { int on, open; } warning; /* open: a message is half written */

/* Warnings as the stock interpreter shows them; "@on" and "@off" switch. */
static void warn(void *ud, const char *msg, int more) {
  (void)ud;
  if (!warning.open && !more && *msg == '@') {
    if (strcmp(msg, "@on") == 0) warning.on = 1;
    if (strcmp(msg, "@off") == 0) warning.on = 0;
    return;
  }
  if (warning.on)
    fprintf(stderr, "%s%s%s", warning.open ? "" : "Lua warning: ", msg,
            more ? "" : "\n");
  warning.open = more;
}

/*
** Incremental collection: Lua 5.4.4 has known faults in the generational
** mode. Under stress a new cycle starts as soon as the last one ends.
*/
static void set_collector(lua_State *L) {
  const char *stress = getenv("WEYL_GCSTRESS");
  if (stress != NULL && strcmp(stress, "1") == 0)
    lua_gc(L, LUA_GCINC, 1, 200, 0); /* 1 % is kept as 0 */
}

/* ---- where the Lua files are ---- */

/* Prepends `root`/?.lua to package.path when weyl's files are under it. */
static int try_root(lua_State *L, const char *root) {
  const char *init = lua_pushfstring(L, "%s/weyl/init.lua", root);
  int found = access(init, R_OK) == 0;
  lua_pop(L, 1);
  if (!found) return 0;
  lua_getglobal(L, LUA_LOADLIBNAME);
  lua_getfield(L, -1, "path");
  lua_pushfstring(L, "%s/?.lua;%s/?/init.lua;%s", root, root,
                  lua_tostring(L, -1));
  lua_setfield(L, -3, "path");
  lua_pop(L, 2);
  return 1;
}

/*
** Beside the executable first, so that an installed tree may be moved and a
** build runs its own sources: bin/ and share/ are siblings, and build/ (or
** build/asan/) lies in the source tree.
*/
static void set_path(lua_State *L) {
  static const char *const beside[] = {"/../share/lua/5.4", "/../lua",
                                       "/../../lua"};
  char exe[PATH_MAX], root[PATH_MAX + 32];
  ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
  if (n > 0) {
    exe[n] = '\0';
    const char *dir = dirname(exe);
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
      snprintf(root, sizeof root, "%s%s", dir, beside[i]);
      char *clean = realpath(root, NULL);
      int found = clean != NULL && try_root(L, clean);
      free(clean);
      if (found) return;
    }
  }
  try_root(L, WEYL_PREFIX "/share/lua/5.4");
}

/* weyl.program.strict(chunkname): for verbs that run scripts */
static int strict(lua_State *L) {
  wl_strict_chunk(L, luaL_checkstring(L, 1), STRICT_CHUNK);
  return 0;
}

static int open_program(lua_State *L) {
  static const luaL_Reg functions[] = {{"strict", strict}, {NULL, NULL}};
  luaL_newlib(L, functions);
  return 1;
}

static void open_libs(lua_State *L) {
  luaL_openlibs(L);
  set_path(L);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction(L, luaopen_weyl_core);
  lua_setfield(L, -2, "weyl.core");
  lua_pushcfunction(L, open_program);
  lua_setfield(L, -2, "weyl.program");
  lua_pop(L, 1);
  wl_strict_open(L);
}

/* ---- running ---- */

/* Calls the chunk that a load with this status left on top. */
static int run_loaded(lua_State *L, int status) {
  return wl_report(L, status == LUA_OK ? wl_call(L, 0, 0) : status);
}

static int run_string(lua_State *L, const char *code, const char *name) {
  return run_loaded(L, luaL_loadbuffer(L, code, strlen(code), name));
}

/* -l mod, -l g=mod */
static int run_library(lua_State *L, const char *name) {
  const char *eq = strchr(name, '=');
  size_t len = eq != NULL ? (size_t)(eq - name) : strlen(name);
  lua_pushglobaltable(L);
  lua_pushlstring(L, name, len);
  lua_getglobal(L, "require");
  lua_pushstring(L, eq != NULL ? eq + 1 : name);
  int status = wl_call(L, 1, 1);
  if (status == LUA_OK)
    lua_rawset(L, -3);
  else
    wl_report(L, status);
  lua_settop(L, 0);
  return status;
}

/* LUA_INIT: a statement, or the name of a file after '@'. */
static int run_init(lua_State *L) {
  const char *name = "LUA_INIT_5_4", *init = getenv(name);
  if (init == NULL) init = getenv(name = "LUA_INIT");
  if (init == NULL) return LUA_OK;
  if (*init == '@') return run_loaded(L, luaL_loadfile(L, init + 1));
  lua_pushfstring(L, "=%s", name);
  return run_string(L, init, lua_tostring(L, -1));
}

/* The options before the script that do something, in order. */
static int run_options(lua_State *L, char **argv, int n) {
  int status = LUA_OK;
  for (int i = 1; i < n && status == LUA_OK; i++) {
    int kind = argv[i][0] == '-' ? argv[i][1] : 0;
    if (kind == 'W') lua_warning(L, "@on", 0);
    if (kind != 'e' && kind != 'l') continue;
    const char *value = argv[i][2] != '\0' ? argv[i] + 2 : argv[++i];
    status = kind == 'e' ? run_string(L, value, "=(command line)")
                         : run_library(L, value);
  }
  return status;
}

/* argv[0] of the script is what runs: a file, or "-" for standard input. */
static int run_script(lua_State *L, char **argv, int argc) {
  const char *file = strcmp(argv[0], "-") == 0 ? NULL : argv[0];
  lua_pushfstring(L, file != NULL ? "@%s" : "=stdin", file);
  wl_strict_chunk(L, lua_tostring(L, -1), STRICT_CHUNK);
  lua_pop(L, 1);
  int status = luaL_loadfile(L, file);
  luaL_checkstack(L, argc, "too many arguments to script");
  if (status != LUA_OK) return wl_report(L, status);
  for (int i = 1; i < argc; i++) lua_pushstring(L, argv[i]);
  return wl_report(L, wl_call(L, argc - 1, 0));
}

/* ---- verbs ---- */

/* Verbs are lower-case words; `weyl ./run` is a file. */
static int may_be_verb(const char *word) {
  size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz");
  return n > 0 && word[n] == '\0';
}

/*
** Hands the words over to weyl.cli. Returns the exit status, or -1 when the
** first is no verb and there is a file of its name.
*/
static int run_verb(lua_State *L, char **words, int n) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "weyl.cli");
  if (wl_report(L, wl_call(L, 1, 1)) != LUA_OK) return EXIT_FAILURE;
  lua_getfield(L, -1, "main");
  lua_createtable(L, n, 0);
  for (int i = 0; i < n; i++) {
    lua_pushstring(L, words[i]);
    lua_rawseti(L, -2, i + 1);
  }
  if (wl_report(L, wl_call(L, 1, 1)) != LUA_OK) return EXIT_FAILURE;
  int status = lua_isinteger(L, -1) ? (int)lua_tointeger(L, -1) : -1;
  lua_settop(L, 0);
  return status;
}

/* ---- the command line ---- */

static const char *parse_one(options *o, char **argv, int *i) {
  const char *a = argv[*i];
  if (strcmp(a, "--help") == 0) a = "-h";
  switch (a[1]) {
    case 'e': o->execute = 1; /* fall through */
    case 'l':
      if (a[2] == '\0' && (argv[*i + 1] == NULL || argv[*i + 1][0] == '-'))
        return a;
      *i += a[2] == '\0';
      return NULL;
    case 'i': o->prompt = 1; /* fall through */
    case 'v': o->version = 1; break;
    case 'E': o->noenv = 1; break;
    case 'h': o->help = 1; break;
    case 'W': break;
    default: return a;
  }
  return a[2] == '\0' ? NULL : a;
}

/* Returns NULL, or the first option that is none. */
static const char *parse(options *o, int argc, char **argv) {
  int i = 1;
  for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
    if (strcmp(argv[i], "--") == 0) {
      i++;
      break;
    }
    const char *bad = parse_one(o, argv, &i);
    if (bad != NULL) return bad;
  }
  o->script = i < argc ? i : argc;
  return NULL;
}

/* Global `arg`: the script is 0, its arguments follow, options are < 0. */
static void set_arg(lua_State *L, char **argv, int argc, int script) {
  if (script == argc) script = 0;
  lua_createtable(L, argc - script, script + 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring(L, argv[i]);
    lua_rawseti(L, -2, i - script);
  }
  lua_setglobal(L, "arg");
}

static void print_version(int prompt) {
  printf("weyl " WEYL_VERSION " (" LUA_RELEASE ")%s\n",
         prompt ? "  help() explains, Ctrl-D leaves" : "");
  fflush(stdout);
}

/* What to run after the options: the script, the prompt, standard input. */
static int run_rest(lua_State *L, const options *o, char **argv, int argc) {
  int idle = o->script == argc && !o->execute && !o->version;
  if (o->script < argc) {
    int status = run_script(L, argv + o->script, argc - o->script);
    if (status != LUA_OK && !o->prompt) return status;
  }
  if (o->prompt || (idle && isatty(STDIN_FILENO))) {
    if (!o->version) print_version(1);
    return wl_repl(L);
  } else if (idle) {
    char dash[] = "-", *standard[] = {dash, NULL};
    return run_script(L, standard, 1);
  }
  return LUA_OK;
}

/* The exit status of all that the command line asks for. */
static int run_all(lua_State *L, const options *o, char **argv, int argc) {
  if (!o->noenv && run_init(L) != LUA_OK) return EXIT_FAILURE;
  if (o->script == 1 && argc > 1 && may_be_verb(argv[1])) {
    int status = run_verb(L, argv + 1, argc - 1);
    if (status >= 0) return status;
  }
  int good = run_options(L, argv, o->script) == LUA_OK &&
             run_rest(L, o, argv, argc) == LUA_OK;
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* Runs inside lua_pcall; leaves the exit status. */
static int protected_main(lua_State *L) {
  int argc = (int)lua_tointeger(L, 1);
  char **argv = lua_touserdata(L, 2);
  options o = {0};
  const char *bad = parse(&o, argc, argv);
  lua_settop(L, 0);
  if (bad != NULL || o.help) {
    print_usage(bad);
    lua_pushinteger(L, bad == NULL ? EXIT_SUCCESS : EXIT_FAILURE);
    return 1;
  }
  if (o.version) print_version(o.prompt);
  if (o.noenv) {
    lua_pushboolean(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, "LUA_NOENV");
  }
  open_libs(L);
  set_arg(L, argv, argc, o.script);
  set_collector(L);
  wl_strict_chunk(L, "=(command line)", STRICT_PROMPT);
  lua_pushinteger(L, run_all(L, &o, argv, argc));
  return 1;
}

int main(int argc, char **argv) {
  lua_State *L = lua_newstate(allocate, NULL);
  if (L == NULL) {
    fprintf(stderr, "weyl: %s\n", weyl_error_message());
    return EXIT_FAILURE;
  }
  signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of the write */
  lua_setwarnf(L, warn, NULL);
  lua_pushcfunction(L, protected_main);
  lua_pushinteger(L, argc);
  lua_pushlightuserdata(L, argv);
  int status = wl_report(L, lua_pcall(L, 2, 1, 0));
  int code = status == LUA_OK ? (int)lua_tointeger(L, -1) : EXIT_FAILURE;
  lua_close(L);
  return code;
}
