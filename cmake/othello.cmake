# Helpers that every room's CMakeLists.txt uses.

add_library(othello_options INTERFACE)
target_compile_options(othello_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)  # g++ 12 sees overlaps in std::string that are not there (GCC bug 105651)
target_include_directories(othello_options INTERFACE ${CMAKE_SOURCE_DIR})
if(OTHELLO_WERROR)
  target_compile_options(othello_options INTERFACE -Werror)
endif()
if(OTHELLO_SANITIZE)
  add_compile_options(-fsanitize=${OTHELLO_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OTHELLO_SANITIZE})
endif()

# othello_room(NAME SOURCES … USES …): one static library per folder, named as the folder.
function(othello_room name)
  cmake_parse_arguments(ROOM "TORCH" "" "SOURCES;USES" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(${name} PUBLIC othello_options ${ROOM_USES})
  if(ROOM_TORCH)
    othello_precompile_torch(${name})
  endif()
endfunction()

# torch's headers cost seconds a file: the first target that asks compiles them once, the others reuse that.
function(othello_precompile_torch name)
  target_link_libraries(${name} PUBLIC torch)
  if(TARGET torch_headers)
    target_precompile_headers(${name} REUSE_FROM torch_headers)
  endif()
endfunction()
