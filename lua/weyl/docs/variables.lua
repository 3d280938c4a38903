-- docs/variables.lua: the variables of the environment that weyl reads, for
-- the reference and the manual page.

return {
  { "WEYL_RUNS", "the folder of runs and their database; runs unless set" },
  { "WEYL_RESUME", "for scripts whose experiments do not say: the folder of a "
    .. "run to go on with, or auto: the last run of the same script and "
    .. "settings, if there is one" },
  { "WEYL_RESUME_FORCE", "when not empty, also where script or settings have "
    .. "changed" },
  { "WEYL_DATA", "the folder in which weyl.data.path looks for recorded data" },
  { "WEYL_CACHE", "the folder of equivariant bases that were solved for; "
    .. "weyl in XDG_CACHE_HOME, or in ~/.cache, unless set; empty for none" },
  { "WEYL_THREADS", "how many threads compute, 1 to 64; all cores unless set" },
  { "WEYL_ISA", "the instruction set of the kernels, v1, v3 or v4; the best "
    .. "that the machine has unless set" },
  { "WEYL_HDF5", "the HDF5 library to load, where it is not among those of the "
    .. "system" },
  { "WEYL_GCSTRESS", "for tests: 1 keeps Lua's garbage collector running all "
    .. "the time" },
  { "NO_COLOR", "when not empty, the prompt has no colours" },
  { "XDG_STATE_HOME", "where weyl/history, the history of the prompt, is; "
    .. "~/.local/state unless set" },
  { "XDG_CACHE_HOME", "see WEYL_CACHE" },
  { "VISUAL", "the editor of %edit; then EDITOR, then vi" },
  { "EDITOR", "see VISUAL" },
  { "OPENBLAS_CORETYPE", "the kernels that OpenBLAS uses; those of the "
    .. "processor unless set" },
  { "LUA_INIT", "as for lua, as are LUA_PATH and LUA_CPATH" },
}
