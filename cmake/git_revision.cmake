# Run at every build: writes version.cpp anew only if the revision changed.
execute_process(COMMAND git -C ${SOURCE} describe --always --dirty --abbrev=12 --exclude=*
                OUTPUT_VARIABLE OTHELLO_GIT_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT OTHELLO_GIT_REVISION)
  set(OTHELLO_GIT_REVISION unknown)
endif()
configure_file(${SOURCE}/cmake/version.cpp.in ${OUTPUT} @ONLY)
