# The target `lint`: clang-tidy over the pure rooms, each again when something of it has changed. The others' headers, Asio's above
# all, would take many times as long. Several files at once, as a preset's build joins them: most of the time goes
# into the headers that they share.
find_program(SAGAD_CLANG_TIDY clang-tidy)
add_custom_target(lint)
foreach(room base json lifecycle definition engine records compensations barrier)
  get_target_property(folder sagad_${room} BINARY_DIR)
  set(done ${CMAKE_BINARY_DIR}/lint/${room})
  add_custom_command(OUTPUT ${done}
    COMMAND bash -o pipefail -c "'${SAGAD_CLANG_TIDY}' -p '${CMAKE_BINARY_DIR}' --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-unused-command-line-argument '${folder}/CMakeFiles/sagad_${room}.dir/Unity/'*.cxx 2>&1 | sed '/^[0-9]* warnings generated\\.$/d'"
    COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/lint
    COMMAND ${CMAKE_COMMAND} -E touch ${done}
    DEPENDS sagad_${room} ${CMAKE_SOURCE_DIR}/.clang-tidy
    COMMENT "Looking through ${room}"
    VERBATIM)
  add_custom_target(lint_${room} DEPENDS ${done})
  add_dependencies(lint lint_${room})
endforeach()
