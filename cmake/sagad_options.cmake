# What holds for every translation unit: the language, the warnings (fatal), the sanitizers of a preset.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g1 -fno-omit-frame-pointer")

add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of GCC 12's middle end in inlined library code; clang-tidy and the sanitizers watch for the real ones.
  add_compile_options(-Wno-maybe-uninitialized -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
  # The compiler looks again and again for memory that it could use once more: a tenth of its time. It may take a third more.
  add_compile_options("SHELL:--param ggc-min-expand=300" "SHELL:--param ggc-min-heapsize=500000")
endif()

set(SAGAD_SANITIZE "" CACHE STRING "Sanitizers to build with: 'address,undefined' or 'thread'")
if(SAGAD_SANITIZE)
  add_compile_options(-fsanitize=${SAGAD_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SAGAD_SANITIZE})
  if(SAGAD_SANITIZE MATCHES "thread")
    add_compile_options(-Wno-tsan)
  endif()
  # Checked at each access, of which there are the most: a null pointer that is followed ends the process anyhow, an object
  # of another type is one that is gone, and what lies outside of its object the address sanitizer sees; this processor
  # reads what is not aligned. A third of the compilation.
  if(SAGAD_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize=null,vptr,alignment,object-size,pointer-overflow)
  endif()
endif()

# What tests ask is compiled without optimisation, which would take longer than they run, and without line numbers for
# debuggers: a test that fails says where, and what a sanitizer shows has those of the rooms.
set(SAGAD_TEST_OPTIONS -O0 -g0)
# Their own accesses are checked as those of the rooms, but in a call instead of in code at each place: less to compile.
if(SAGAD_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND SAGAD_TEST_OPTIONS "SHELL:--param asan-instrumentation-with-call-threshold=0")
endif()

# What is read once at a start, or waits for a person: compiled in three quarters of the time.
set(SAGAD_UNHURRIED_OPTIONS $<$<CONFIG:Release>:-O1>)

# Each test is a program: linked in half of the time.
find_program(SAGAD_GOLD ld.gold)
if(SAGAD_GOLD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_link_options(-fuse-ld=gold)
endif()

find_program(SAGAD_CCACHE ccache)
if(SAGAD_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SAGAD_CCACHE})
endif()

find_package(Threads REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
