# The program with one line of its own changed, which the simulation must find: mutation testing, by hand. A changed
# file's object comes before the room's library, whose functions of the same names are then passed over. `found_by`: how
# what is found must begin, so that it is found for the right reason. `upgrade` instead of a journal: in memory, and only
# where another version goes on.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
function(simulation_mutant journal name found_by source before after)
  set(changed ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  set(whole ${CMAKE_SOURCE_DIR}/orchestrator/${source})
  set(tool ${CMAKE_CURRENT_SOURCE_DIR}/mutate.py)
  add_custom_command(OUTPUT ${changed} DEPENDS ${whole} ${tool} VERBATIM
    COMMAND ${Python3_EXECUTABLE} -B ${tool} ${whole} ${changed} ${before} ${after})
  add_executable(simulation_mutant_${name} ${changed})
  target_link_libraries(simulation_mutant_${name} PRIVATE simulation_main simulation_parts)
  target_compile_options(simulation_mutant_${name} PRIVATE -w)
  target_link_options(simulation_mutant_${name} PRIVATE LINKER:--allow-multiple-definition)
  set(arguments --journal ${journal} --find ${found_by})
  if(journal STREQUAL "upgrade")
    set(arguments --journal memory --find ${found_by} --only-by upgrade)
  endif()
  add_test(NAME simulation_mutant_${name} COMMAND simulation_mutant_${name} ${arguments})
  set_tests_properties(simulation_mutant_${name} PROPERTIES TIMEOUT 300 LABELS simulation)
endfunction()

# One build is enough to see that the simulation has eyes, and that what it looks at is the program.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SAGAD_SANITIZE)
  add_test(NAME simulation_same_objects
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/same_objects_test.py ${CMAKE_BINARY_DIR})
  set_tests_properties(simulation_same_objects PROPERTIES LABELS simulation)
  simulation_mutant(memory forgets_what_was_in_flight
    "an attempt's number goes out twice"
    engine/decide.cpp
    "if (!may_have_been_called(saga, open)) continue;" "continue;")
  simulation_mutant(upgrade derives_from_the_program_what_was_called
    "an attempt's number goes out twice"
    engine/decide.cpp
    "if (!may_have_been_called(saga, open)) continue;"
    "if (!may_have_been_called(saga, open) || (!outstanding(saga, moment.at).now.empty() && \
        std::ranges::count(outstanding(saga, moment.at).now, \
            attempt_id{open.operation, open.generation, open.attempt}, &wanted::attempt) == 0)) continue;")
  simulation_mutant(memory undoes_around_a_pivot_in_doubt
    "I2: compensated, and an effect stays"
    engine/patience.cpp
    "step_kind::pivot && any_byte" "step_kind::pivot && false")
  simulation_mutant(memory believes_a_bare_rejection_in_doubt
    "I2: compensated, and an effect stays"
    engine/decide_answer.cpp
    "open->in_doubt ? verdict::unknown : verdict::rejected" "verdict::rejected")
  simulation_mutant(memory calls_actions_on_the_way_back
    "I3: an action on the way back"
    engine/outstanding.cpp
    "if (saga.abandoned(open.operation)) continue;" "// called all the same")
  simulation_mutant(memory undoes_what_is_still_called
    "begins while an exchange of its step is open"
    engine/decision.cpp
    "progress.in_flight = moment_.open_actions;" "// it waits for nobody")
  simulation_mutant(memory turns_back_after_the_pivot
    "I2: compensated, and an effect stays"
    engine/decision.cpp
    "saga_.deadline == 0 || past_return_ ||" "saga_.deadline == 0 ||")
  simulation_mutant(memory appends_an_unknown_start_without_its_key
    "I4: two sagas of one key"
    runtime/core_faults.cpp
    "if (entry.key != nullptr) {" "if (false) {")
  simulation_mutant(memory acts_in_a_frozen_partition
    "called while nobody knows what is written"
    runtime/core_calls.cpp
    "if (of.vanished || frozen(of)) return;" "if (of.vanished) return;")
  simulation_mutant(memory forgets_that_an_exchange_closed
    "I6: a saga has no wake-up"
    runtime/core_calls.cpp
    "if (std::exchange(of.closed, false) || work.wake_at <= now) {" "if (work.wake_at <= now) {")
  simulation_mutant(memory leaves_what_would_heal_to_a_person
    "I7: neither final nor stuck in time"
    engine/decide_answer.cpp
    "note_try(deciding, open, verdict, reply, asked_again_at(deciding, open));"
    "note_try(deciding, open, verdict, reply, never);")
  simulation_mutant(memory takes_a_late_failure_for_the_next_attempts
    "an attempt is spent of which no byte was written"
    runtime/core.cpp
    "reply.of.attempt = call.attempt.attempt;" "break;")
  simulation_mutant(log tells_what_is_not_synced
    "I4: what was durable is not there any more"
    journal/log/frame_writer.cpp
    "error = tail_.file->sync();" "error = 0;")
  simulation_mutant(log goes_on_after_a_failed_sync
    "I4: what was durable is not there any more"
    journal/log/frame_writer.cpp
    "if (error != 0) {" "if (error != 0 && *failed == 'w') {")
  simulation_mutant(log lets_the_index_lack_one_key
    "I4: a key is not found"
    journal/log/index.cpp
    "for (const auto& key : keys) newest_.keys.add(key);"
    "for (const auto& key : keys.first(keys.size() - (keys.size() > 1))) newest_.keys.add(key);")
  simulation_mutant(log leaves_the_last_frame_to_the_page_cache
    "I4: the log is refused"
    journal/log/recovery.cpp
    "if (!last_ || walk_->look(*last_) != log_walk::found::frame) return;" "return;")
  simulation_mutant(log names_a_segment_that_is_not_on_the_disk
    "I4: what was durable is not there any more"
    journal/log/preparer.cpp
    "error = files.sync_directory(directory);" "error = 0;")
  simulation_mutant(log frees_what_is_under_way
    "I4: an acknowledged saga"
    journal/log/trimmer.cpp
    "if (!live && *newest < segment.end) {" "if (*newest < segment.end) {")
  simulation_mutant(log leaves_what_it_could_not_read
    "I7: neither final nor stuck in time"
    runtime/core.cpp
    "unread_.push_back(id);" "static_cast<void>(id);")
  simulation_mutant(log forgets_a_segment_whose_first_frame_was_torn
    "offset 0 lies before the log's first segment"
    journal/log/recovery.cpp
    "result.tail.fresh = !segments[end_.segment].first;" "// it is known already")
  simulation_mutant(log takes_a_damaged_frame_for_a_whole_one
    "a flipped bit"
    journal/log/frame.cpp
    "return get<std::uint32_t>(frame.data() + at_frame_crc) == crc32c(frame.substr(at_log));" "return true;")
  simulation_mutant(log says_that_it_is_committed_before_it_is
    "I4: the log is refused: the log ends"
    journal/log/frame_writer.cpp
    "int error = tail_.file->write(tail_.at, frame)"
    "int error = (lock_.commit(tail_.end + frame.size()), tail_.file->write(tail_.at, frame))")

  add_test(NAME simulation_replay
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/replay_test.py ${CMAKE_BINARY_DIR}/bin)
  set_tests_properties(simulation_replay PROPERTIES TIMEOUT 300 LABELS simulation)
endif()
