# sagad_room(NAME SOURCES ... LINKS ... [PRIVATE_LINKS ...]): one room of the coordinator as a static library `sagad_NAME`.
# Includes are written from orchestrator/ ("engine/decide.hpp") or from the top ("compensations/plan.hpp").
function(sagad_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(sagad_${name} STATIC ${ROOM_SOURCES})
  target_include_directories(sagad_${name} PUBLIC ${CMAKE_SOURCE_DIR}/orchestrator ${CMAKE_SOURCE_DIR})
  target_link_libraries(sagad_${name} PUBLIC ${ROOM_LINKS} PRIVATE ${ROOM_PRIVATE_LINKS})
endfunction()

# sagad_test_support(NAME SOURCES ... LINKS ...): what several test programs share, compiled as they are. What a test runs the most is a
# library like any other: engine_property_test takes five times as long over a sagad_engine_play without optimisation.
function(sagad_test_support name)
  cmake_parse_arguments(SUPPORT "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${SUPPORT_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${SUPPORT_LINKS})
  target_compile_options(${name} PRIVATE ${SAGAD_TEST_OPTIONS})
  if(sagad_gtest IN_LIST SUPPORT_LINKS)
    # As an executable's, of whose kind GoogleTest's precompiled header is.
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIE)
    target_precompile_headers(${name} REUSE_FROM sagad_gtest_pch)
  endif()
endfunction()

# sagad_test(NAME SOURCES ... LINKS ... [LABELS ...] [TIMEOUT seconds] [COST seconds]): one GoogleTest program, one ctest entry.
# Its working directory is the source tree's top, so that tests name files as people do: sagas/sale.yaml. Its folder
# below tests/ (unit, integration, ...) is one of its labels. COST: about how long a long one takes. On a machine that has not
# run them yet the longest are begun first, by this: one that is begun last leaves the other processors idle.
function(sagad_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT;COST" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${TEST_LINKS} sagad_gtest)
  target_precompile_headers(${name} REUSE_FROM sagad_gtest_pch)
  target_compile_options(${name} PRIVATE ${SAGAD_TEST_OPTIONS})
  cmake_path(RELATIVE_PATH CMAKE_CURRENT_SOURCE_DIR BASE_DIRECTORY ${CMAKE_SOURCE_DIR}/tests OUTPUT_VARIABLE folder)
  string(REGEX REPLACE "/.*" "" folder ${folder})
  list(APPEND TEST_LABELS ${folder})
  list(REMOVE_DUPLICATES TEST_LABELS)
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 300)
  endif()
  if(NOT TEST_COST)
    set(TEST_COST 0)
  endif()
  add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} COST ${TEST_COST} LABELS "${TEST_LABELS}")
endfunction()
