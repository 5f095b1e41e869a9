# The program with one line of its own changed, which the simulation must find: mutation testing, by hand. A changed
# file's object comes before the room's library, whose functions of the same names are then passed over. `found_by`: how
# what is found must begin, so that it is found for the right reason. `upgrade` instead of a journal: in memory, and only
# where another version goes on. (A clock that is set back between two lives shows the same.)
#
# They are many and each is one small file: most of their build would go into the headers, which come precompiled, and into
# what debuggers read, which nobody does. With less optimisation than this there is more code to write, which takes longer.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
function(simulation_mutant journal name found_by source before after)
  set(changed ${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp)
  set(whole ${CMAKE_SOURCE_DIR}/orchestrator/${source})
  set(tool ${CMAKE_CURRENT_SOURCE_DIR}/mutate.py)
  add_custom_command(OUTPUT ${changed} DEPENDS ${whole} ${tool} VERBATIM
    COMMAND ${Python3_EXECUTABLE} -B ${tool} ${whole} ${changed} "${before}" "${after}")
  add_executable(simulation_mutant_${name} ${changed})
  simulation_mutant_is_built(simulation_mutant_${name})
  target_precompile_headers(simulation_mutant_${name} REUSE_FROM simulation_mutant_pch)
  target_link_options(simulation_mutant_${name} PRIVATE LINKER:--allow-multiple-definition)
  set(arguments --journal ${journal} --find ${found_by})
  if(journal STREQUAL "upgrade")
    set(arguments --journal memory --find ${found_by} --without clock_jumps --only-by upgrade)
  endif()
  add_test(NAME simulation_mutant_${name} COMMAND simulation_mutant_${name} ${arguments})
  set_tests_properties(simulation_mutant_${name} PROPERTIES TIMEOUT 300 LABELS simulation)
endfunction()

function(simulation_mutant_is_built program)
  target_link_libraries(${program} PRIVATE simulation_main simulation_parts)
  target_compile_options(${program} PRIVATE -w -Og -g0)
  target_link_options(${program} PRIVATE LINKER:--strip-all)
endfunction()

# One build is enough to see that the simulation has eyes, and that what it looks at is the program.
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND NOT SAGAD_SANITIZE)
  add_test(NAME simulation_same_objects
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/same_objects_test.py ${CMAKE_BINARY_DIR})
  set_tests_properties(simulation_same_objects PROPERTIES LABELS simulation)

  add_executable(simulation_mutant_pch mutant_pch.cpp)
  simulation_mutant_is_built(simulation_mutant_pch)
  target_precompile_headers(simulation_mutant_pch PRIVATE
    <algorithm> <engine/decision.hpp> <journal/log/recovery.hpp> <records/codec.hpp> <runtime/core.hpp>)

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
  simulation_mutant(memory undoes_what_waits_for_a_slot_after_a_late_failure
    "begins while an exchange of its step is open"
    runtime/core.cpp
    "moment_for(of, by_person ? counting::sent : counting::all, failed)"
    "moment_for(of, by_person || failed ? counting::sent : counting::all)")
  simulation_mutant(memory calls_again_under_the_first_number
    "an attempt's number goes out twice"
    engine/apply.cpp
    "open.in_doubt = open.any_byte = open.unasked = true;"
    "open.in_doubt = open.any_byte = open.unasked = true; open.attempt = 1;")
  simulation_mutant(memory forgets_the_doubt_at_a_restart
    "I2: compensated, and an effect stays"
    engine/apply.cpp
    "open.in_doubt = open.any_byte = open.unasked = true;"
    "open.any_byte = open.unasked = true;")
  simulation_mutant(memory begins_budgets_anew_at_a_restart
    "a budget is spent and does not end"
    engine/apply.cpp
    "open.last_error = cause::lost;"
    "open.last_error = cause::lost; open.since = record.at; open.spent = open.tries = 0;")
  simulation_mutant(memory forgets_what_was_spent
    "a budget is spent and does not end"
    engine/apply.cpp
    "open.spent += 1;"
    "// nothing is kept of it")
  simulation_mutant(memory gives_up_one_attempt_early
    "a budget ends before it is spent"
    ../compensations/policy.cpp
    "(spends_attempt || !time_ends_it ? 1U : 0U)"
    "(spends_attempt || !time_ends_it ? 2U : 1U)")
  simulation_mutant(memory never_looks_at_the_time_that_was_spent
    "a budget is spent and does not end"
    ../compensations/policy.cpp
    "if (time_ends_it && time_ends_at(policy, before.since_ms) <= now_ms) return true;"
    "// time ends nothing")
  simulation_mutant(memory spends_budgets_while_paused
    "a budget ends before it is spent"
    engine/decide_answer.cpp
    "return lifecycle::is_paused(deciding.phase()) ? std::min(now, deciding.before().commands->paused_at) : now;"
    "return now;")
  simulation_mutant(memory asks_again_sooner_than_it_was_told
    "a Retry-After is not kept"
    ../compensations/policy.cpp
    "const millis asked = std::clamp<millis>(retry_after_ms, 0, most);"
    "const millis asked = 0 * retry_after_ms;")
  simulation_mutant(memory spends_attempts_while_nobody_is_reached
    "an attempt is spent of which no byte was written"
    engine/classify.cpp
    "return judged{verdict::not_sent, cause::not_sent};"
    "return judged{verdict::unknown, cause::not_sent};")
  simulation_mutant(memory judges_the_deadline_before_it_asks
    "a deadline is judged before what was lost was asked again"
    engine/decision.cpp
    "past_return_ || any_unasked() ||"
    "past_return_ ||")
  simulation_mutant(memory takes_an_unknown_of_an_older_attempt
    "an attempt is spent of which no byte was written"
    engine/decide_answer.cpp
    "if (reply.of.attempt != open->attempt) {"
    "if (false) {")
  simulation_mutant(memory takes_answers_of_an_older_generation
    "I11: an answer of another generation is taken"
    engine/decide_answer.cpp
    "if (reply.of.generation != open->generation || (reply.late && undo_begun)) {"
    "if (reply.late && undo_begun) {")
  simulation_mutant(memory sends_an_edit_under_the_old_generation
    "I5: not released durably"
    runtime/core_calls.cpp
    "const decimal generation(attempt.generation);"
    "const decimal generation(attempt.generation - (attempt.generation > 1));")
  simulation_mutant(memory loses_a_timer_when_it_is_resumed
    "I6: a saga has no wake-up"
    runtime/core_calls.cpp
    "timers_.set(of, draining_ ? work.wake_at : std::min(work.wake_at, next_poll(of)));"
    "const auto& seen = of.saga.commands->seen; if (seen.empty() || seen.back().name != engine::command_name::resume) timers_.set(of, std::min(work.wake_at, next_poll(of)));")
  simulation_mutant(memory tells_the_time_by_the_wall_clock
    "I5: called before its time"
    runtime/core_calls.cpp
    "const auto now = std::max(around_.time.now(), of.saga.changed);"
    "const auto now = std::max({around_.time.now(), around_.time.wall(), of.saga.changed});")
  simulation_mutant(memory dates_records_by_the_wall_clock
    "I7: neither final nor stuck in time"
    runtime/core.cpp
    "moment.at = std::max({around_.time.now(), of.saga.changed,"
    "moment.at = std::max({around_.time.wall(), of.saga.changed,")
  simulation_mutant(memory acknowledges_a_callback_before_its_record
    "I4: a late answer is acknowledged and not recorded"
    runtime/core.cpp
    "wait(*of, of->newest, {}, [tell = std::move(tell), result = std::move(result)]"
    "wait(*of, 0, {}, [tell = std::move(tell), result = std::move(result)]")
  simulation_mutant(memory tells_clients_before_it_is_durable
    "I4: told of a"
    runtime/core_waiters.cpp
    "if (ticket <= settled_ && (until_final"
    "if ((until_final")
  simulation_mutant(memory acts_on_what_is_not_durable_yet
    "I5: not "
    runtime/core.cpp
    "if (of.newest <= upto || of.vanished) passed(of, std::move(requests));"
    "passed(of, std::move(requests));")
  simulation_mutant(memory goes_on_in_a_partition_that_is_lost
    "I9: called by who is not the owner any more"
    runtime/core_partitions.cpp
    "lost.vanished = true;"
    "// it stays as it is")
  simulation_mutant(memory takes_over_without_a_record
    "I9: called before its new owner has written"
    engine/decide.cpp
    "deciding.note(fact::recovered).at = static_cast<millis>(recovery.epoch);"
    "return nothing();")
  simulation_mutant(memory takes_over_under_the_old_epoch
    "I9: taken over under another epoch"
    engine/decide.cpp
    "deciding.note(fact::recovered).at = static_cast<millis>(recovery.epoch);"
    "deciding.note(fact::recovered).at = static_cast<millis>(saga.epoch);")
  simulation_mutant(memory lets_retriables_run_beside_compensatables
    "I2: compensated, and an effect stays"
    definition/graph.cpp
    "const bool safe = step(undone).kind"
    "const bool safe = true || step(undone).kind")
  simulation_mutant(memory begins_steps_before_their_turn
    "I5: before what it depends on is done"
    engine/decision.cpp
    "|| !successful.contains(steps[at].after)) continue;"
    "|| false) continue;")
  simulation_mutant(memory leaves_doubt_behind
    "I2: compensated, and an effect stays"
    engine/decision.cpp
    "return state == action_state::done || state == action_state::released || state == action_state::skipped;"
    "return state == action_state::done || state == action_state::skipped;")
  simulation_mutant(memory calls_what_is_paused
    "I5: called when nothing may be"
    engine/outstanding.cpp
    "if (saga.final() || lifecycle::is_paused(saga.phase)) return result;"
    "if (saga.final()) return result;")
  simulation_mutant(memory asks_again_what_was_accepted
    "I5: called before its time"
    engine/outstanding.cpp
    "if (open.accepted) {"
    "if (false) {")
  simulation_mutant(memory carries_out_a_command_twice
    "a command is carried out twice"
    engine/decide_command.cpp
    "if (seen != before.end()) {"
    "if (false) {")
  simulation_mutant(memory edits_what_is_in_flight
    "an attempt's number goes out twice"
    engine/decide_command.cpp
    "if (exchange_open(moment, operation)) return {nullptr, in_flight(saga, operation, moment)};"
    "// nobody looks")
  simulation_mutant(memory writes_records_without_their_attempts
    "I8: the replay differs"
    records/format_2.cpp
    "if (event.attempt != 0) mask |= event.attempt == 1 ? is_first_attempt : has_attempt;"
    "// the first, for whoever reads it")
  simulation_mutant(shared carries_out_what_was_handed_on_twice
    "a command is carried out twice"
    engine/decide_command.cpp
    "if (seen != before.end()) {"
    "if (false) {")
  simulation_mutant(shared calls_without_asking_whether_it_owns
    "I9: called under another epoch"
    runtime/core_calls.cpp
    "if (!trusted(of.saga.id.partition())) {"
    "if (false) {")
  simulation_mutant(shared lets_go_what_was_held_without_asking_again
    "I9: bytes of who is not the owner any more"
    runtime/core_calls.cpp
    "if (around_.shared == nullptr) return {};"
    "return {};")
  simulation_mutant(shared tells_where_a_saga_was
    "I4: what was told is not there any more"
    runtime/core_waiters.cpp
    "if (of.saga.final() || trusted(of.saga.id.partition())) return answer_about(of);"
    "return answer_about(of);")
  simulation_mutant(shared takes_partitions_over_without_a_record
    "I9: called before its new owner has written"
    engine/decide.cpp
    "deciding.note(fact::recovered).at = static_cast<millis>(recovery.epoch);"
    "return nothing();")
  simulation_mutant(shared appends_under_any_epoch
    "journal: a position that is not above the partition's last one"
    journal/memory/store.cpp
    "held.entry.epoch != kept_->epochs[partition]) {"
    "held.entry.epoch == 0) {")
  simulation_mutant(shared gives_back_what_is_still_being_written
    "I9: a partition is given back with records under way"
    runtime/core_partitions.cpp
    "if (std::any_of(gate_.begin(), gate_.end(), [&](const gate_entry& entry) { return is_of(entry.of); })) return true;"
    "// whoever has it next reads what was written")
  simulation_mutant(shared forgets_a_partition_that_is_handed_over
    "I7: neither final nor stuck in time"
    runtime/core_partitions.cpp
    "around_.given_back(partition, epochs_[partition]);"
    "// it goes with the lease")
  simulation_mutant(shared writes_the_newest_format_whatever_the_level
    "I8: a record is written in a format that not every node reads"
    runtime/core.cpp
    "std::min(newest_record_format(), around_.store.format_level())"
    "newest_record_format()")
  simulation_mutant(shared knows_only_the_definitions_it_was_told_of
    "a saga's own invariant broke"
    runtime/catalog.cpp
    "if (missing_.contains(content) || !store_.look_for_definitions()) return nullptr;"
    "return nullptr;")
  simulation_mutant(shared takes_a_definition_for_missing_when_the_journal_is_away
    "I8: told another state than the records say"
    runtime/load_saga.cpp
    "return reading(id, [&] { return definitions.find(content); });"
    "try { return definitions.find(content); } catch (const journal::unreachable&) { return nullptr; }")
  simulation_mutant(shared starts_by_a_name_that_is_retired
    "a saga starts by a name that its node knows to be retired"
    runtime/catalog.cpp
    "if (one == nullptr || !one->retired) return found;"
    "return found;")
  simulation_mutant(shared starts_by_the_oldest_version
    "a saga starts by a version that is not the newest which its node knows"
    runtime/catalog.cpp
    "auto at = std::prev(found->second.end());"
    "auto at = found->second.begin();")
  simulation_mutant(shared goes_on_with_the_newest_version
    "a saga goes on with another version of its definition"
    runtime/core.cpp
    "of.saga = std::move(history.saga);"
    "of.saga = std::move(history.saga); auto& was = of.saga.definition; \
        if (auto named = around_.definitions.find(std::string_view(was->name)); const auto* newest = std::get_if<catalogued>(&named)) { \
            const auto& made = newest->definition; if (made->steps.size() == was->steps.size() && made->slices.size() == was->slices.size()) was = made; }")
  simulation_mutant(shared calls_every_start_one_of_the_first_version
    "a saga says that it is of another version than it is"
    runtime/core.cpp
    "given.version = request.version;"
    "given.version = 1;")
  simulation_mutant(shared learns_what_was_put_and_not_what_was_retired
    "what has become of a definition is not known"
    runtime/catalog.cpp
    "retired_ = {news.retired.begin(), news.retired.end()};"
    "if (!news.added.empty()) retired_ = {news.retired.begin(), news.retired.end()};")
  simulation_mutant(shared refuses_a_name_that_was_put_again
    "a start is refused, by a name that is there"
    journal/definition_versions.cpp
    "if (retired(definition_name)) retire(definition_name, false);"
    "// once retired, always retired")
  simulation_mutant(shared gives_up_who_waits_when_the_journal_is_away
    "told that the journal is away, who waits for it"
    runtime/onlooking.cpp
    "std::get<problem>(seen).code == problem_code::overloaded"
    "false")
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
    "if (!live && *newest < on.segment.end && is_over(ended, begin.kept, now)) {" "if (*newest < on.segment.end) {")
  simulation_mutant(log frees_what_is_not_archived_yet
    "I4: gone, and not archived"
    journal/log/trimmer.cpp
    "if (archive(on)) on.at = work::stage::free;" "archive(on), on.at = work::stage::free;")
  simulation_mutant(log goes_on_with_a_piece_of_the_archive_that_failed
    "the archive: a piece that failed"
    journal/log/trimmer.cpp
    "on.archived = 0;" "// from where it was")
  simulation_mutant(log forgets_that_a_history_is_kept_longer
    "I4: records of a saga are not found"
    journal/log/trimmer.cpp
    "if (!live && *newest < on.segment.end && is_over(ended, begin.kept, now)) {" "if (!live && *newest < on.segment.end) {")
  simulation_mutant(log forgets_what_waited_for_the_next_piece
    "I4: gone, and not archived"
    journal/log/trimmer.cpp
    "if (!spend(bytes)) return false;" "if (!spend(bytes)) break;")
  simulation_mutant(log leaves_what_it_could_not_read
    "I7: neither final nor stuck in time"
    runtime/core_recovery.cpp
    "unread_.push_back(one);" "static_cast<void>(one);")
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
    "int error = (lock_.commit(behind(tail_.end, frame.size())), tail_.file->write(tail_.at, frame))")
  simulation_mutant(log opens_under_the_same_epoch
    "I9: an epoch that does not rise"
    journal/log/log.cpp
    "opened_.epoch = state_.epoch;"
    "opened_.epoch = 1;")

  add_test(NAME simulation_replay
    COMMAND ${Python3_EXECUTABLE} -B ${CMAKE_CURRENT_SOURCE_DIR}/replay_test.py ${CMAKE_BINARY_DIR}/bin)
  set_tests_properties(simulation_replay PROPERTIES TIMEOUT 300 LABELS simulation)
endif()
