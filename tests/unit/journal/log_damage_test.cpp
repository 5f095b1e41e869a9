// What a disk, a hand or a faulty version has done to a closed log's files: told, and accepted only when it is to be.
#include <gmock/gmock.h>

#include <algorithm>

#include "journal/log/segments.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class log_damage : public log_test {
 protected:
  void SetUp() override {
    log.settings().checkpoint_bytes = UINT64_MAX / 8;
    reopen();
  }
  std::string segment(std::uint64_t sequence) { return directory() + "/" + log::segment_name(sequence); }
  std::string definitions() { return directory() + "/definitions.log"; }
  void remove_lock() { std::filesystem::remove(directory() + "/lock"); }
  static void flip(const std::string& path, std::size_t at, int mask = 1) {
    auto bytes = read_file(path);
    bytes[at] = static_cast<char>(bytes[at] ^ mask);
    write_file(path, bytes);
  }
  void remove_segments() {
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(directory())) {
      if (log::segment_sequence(entry.path().filename().string())) all.push_back(entry.path());
    }
    for (const auto& path : all) std::filesystem::remove(path);
  }
  /// One saga's records until the log has come to another segment.
  void fill_segment(const saga_id& of, std::uint32_t& seq) {
    const auto before = frames_of(directory()).back().header.sequence;
    while (frames_of(directory()).back().header.sequence == before) {
      put(make(of, ++seq, incompressible(8'000)));
    }
  }
  frame_in_file frame_with(const saga_id& of, std::uint32_t seq) {
    for (const auto& frame : frames_of(directory())) {
      if (frame.header.kind != log::frame_kind::records) continue;
      const auto bytes = read_file(frame.path);
      const auto record = log::parse_record(std::string_view(bytes).substr(frame.at + log::frame_header_bytes));
      if (record && record->saga == of && record->seq == seq) return frame;
    }
    ADD_FAILURE() << "no such record";
    return {};
  }
};

TEST_F(log_damage, a_definition_that_was_kept_is_missed_whatever_became_of_it) {
  store().put_definition("sale", "{\"first\":1}");
  store().put_definition("sale", "{\"second\":2}");
  put(make(saga(1), 1));
  log.close();
  const copy_of_a_log whole(directory());
  const auto size = read_file(definitions()).size();
  flip(definitions(), size - 3);
  EXPECT_THAT(log.open(), AllOf(HasSubstr("definitions.log is damaged: it ends at byte " + std::to_string(size / 2)),
                                HasSubstr("`--accept-loss` goes on with the definitions that are left")));
  EXPECT_EQ(read_file(definitions()).size(), size) << "what was refused is not touched";
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr("definitions.log is damaged"));
  EXPECT_THAT(store().opened().torn, HasSubstr("kept as "));
  EXPECT_EQ(store().definitions().size(), 1U);
  log.settings().accept_loss = false;
  reopen();
  EXPECT_EQ(store().opened().lost, "");
  log.close();

  whole.restore();
  flip(definitions(), 60);
  EXPECT_THAT(log.open(), HasSubstr("definitions.log at byte 0 is damaged: what follows at byte "));
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr("definitions.log at byte 0 is damaged"));
  ASSERT_EQ(store().definitions().size(), 1U);
  EXPECT_EQ(store().definitions()[0].version, 2U);
}

TEST_F(log_damage, definitions_that_are_gone_are_missed_with_and_without_the_lock) {
  store().put_definition("sale", "{\"first\":1}");
  log.close();
  std::filesystem::remove(definitions());
  EXPECT_THAT(log.open(), AllOf(StartsWith(definitions() + " is missing; "), HasSubstr("`--accept-loss` goes on")));
  remove_lock();
  EXPECT_THAT(log.open(), AllOf(StartsWith(definitions() + " is missing; "), HasSubstr("`--accept-loss` goes on")));
  log.settings().accept_loss = true;
  reopen();
  EXPECT_EQ(store().opened().lost, definitions() + " is missing");
}

TEST_F(log_damage, a_log_that_is_gone_is_missed_by_the_index_and_by_the_definitions) {
  store().put_definition("sale", "{}");
  fill(2, 5);
  log.close();
  remove_segments();
  remove_lock();
  const copy_of_a_log rest(directory());
  EXPECT_THAT(log.open(), HasSubstr("the log is missing: index.db has seen offset "));
  rest.restore();
  log.remove_index();
  EXPECT_THAT(log.open(), HasSubstr("the log is missing: definitions.log holds "));
  rest.restore();
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr("the whole log is missing (index.db has seen offset "));
  EXPECT_GT(store().opened().epoch, 10U) << "epochs that may have been seen are not given out again";
  EXPECT_GT(positions[0], 10U);
}

TEST_F(log_damage, a_segment_of_which_only_the_front_is_blank_is_not_begun_anew) {
  fill(2, 30);
  log.close();
  auto bytes = read_file(segment(1));
  bytes.replace(0, log::frame_header_bytes, std::string(log::frame_header_bytes, '\0'));
  write_file(segment(1), bytes);
  for (const bool remembered : {true, false}) {
    if (!remembered) remove_lock();
    if (!remembered) log.remove_index();
    EXPECT_THAT(log.open(), HasSubstr(log::segment_name(1) + " at byte 0 is damaged: what follows at "));
    EXPECT_EQ(read_file(segment(1)), bytes);
  }
  log.settings().accept_loss = true;
  reopen();
  EXPECT_EQ(scanned(), 60U) << "the frame that is lost is an opening's";
}

TEST_F(log_damage, a_file_behind_the_log_that_is_not_blank_is_not_removed) {
  fill(1, 5);
  log.close();
  const auto next = frames_of(directory()).back().header.sequence + 1;
  while (std::filesystem::exists(segment(next))) std::filesystem::remove(segment(next));
  // Too short to be used as a prepared one, and something is in it where no torn batch reaches.
  std::string bytes(20U << 20U, '\0');
  bytes.back() = 'x';
  log.settings().segment_bytes = 32U << 20U;
  write_file(segment(next), bytes);
  EXPECT_THAT(log.open(),
              HasSubstr(log::segment_name(next) + " is not a segment of this log: move it out of the folder"));
  EXPECT_EQ(read_file(segment(next)).size(), bytes.size());
}

TEST_F(log_damage, a_removed_lock_file_lets_nobody_in) {
  put(make(saga(1), 1));
  remove_lock();
  const auto second = log::open(log.settings());
  ASSERT_TRUE(std::holds_alternative<log::error>(second));
  EXPECT_EQ(std::get<log::error>(second).line, directory() + " is in use by another process");
  EXPECT_TRUE(std::get<log::error>(second).in_use);
  EXPECT_EQ(put(make(saga(2), 1)).result, result::durable);
}

TEST_F(log_damage, sagas_that_finished_in_what_is_lost_are_listed) {
  std::uint32_t seq = 0;
  fill_segment(saga(9), seq);
  const auto lost = frames_of(directory()).back().header.sequence;
  for (std::uint64_t number = 101; number <= 140; ++number) {
    put(make(saga(number), 1));
    finish(saga(number), 2);
  }
  ASSERT_EQ(frames_of(directory()).back().header.sequence, lost);
  fill_segment(saga(9), seq);
  put(make(saga(200), 1));
  finish(saga(200), 2);
  log.close();
  const copy_of_a_log without_checkpoint(directory());
  log.settings().checkpoint_bytes = 64U << 10U;
  reopen();
  append_until_checkpoint(saga(9), seq);
  log.close();
  for (const bool with_checkpoint : {true, false}) {
    if (!with_checkpoint) without_checkpoint.restore();
    std::filesystem::remove(segment(lost));
    log.settings().accept_loss = true;
    reopen();
    EXPECT_THAT(store().opened().lost, HasSubstr(log::segment_name(lost)));
    const auto& listed = store().opened().lost_sagas;
    for (std::uint64_t number = 101; number <= 140; ++number) {
      EXPECT_EQ(std::count(listed.begin(), listed.end(), saga(number)), 1) << number;
    }
    EXPECT_EQ(std::count(listed.begin(), listed.end(), saga(200)), 0);
    log.close();
  }
}

TEST_F(log_damage, a_flipped_kind_is_met_by_a_scan) {
  fill(3, 5);
  log.settings().checkpoint_bytes = 64U << 10U;
  reopen();
  append_until_checkpoint(saga(9), 0);
  log.close();
  const copy_of_a_log whole(directory());
  const auto frame = frame_with(saga(1), 2);
  for (const int mask : {2, 4, 8, 7}) {  // 1 is a batch
    whole.restore();
    flip(frame.path, frame.at + 40, mask);
    reopen();
    EXPECT_THROW(scanned(), damaged) << mask;
    log.close();
  }
}

TEST_F(log_damage, a_history_that_does_not_lead_back_to_its_start_is_damaged) {
  fill(3, 5);
  log.settings().checkpoint_bytes = 64U << 10U;
  reopen();
  append_until_checkpoint(saga(9), 0);
  log.close();
  const copy_of_a_log whole(directory());
  const auto last = frame_with(saga(1), 5);
  const auto second = frame_with(saga(1), 2);
  for (const auto previous : {log::no_record, log::record_of(second.header.offset, 0)}) {
    whole.restore();
    auto bytes = read_file(last.path);
    log::set_previous(bytes.data() + last.at + log::frame_header_bytes, previous);
    write_file(last.path, bytes);
    reopen();
    EXPECT_THROW(store().read(saga(1)), damaged) << log::byte_of(previous);
    EXPECT_EQ(store().read(saga(2)).size(), 5U);
    log.close();
  }
}

TEST_F(log_damage, epochs_and_positions_of_a_lost_end_are_not_used_again) {
  put(make(saga(1), 1));
  reopen();
  const auto kept = frames_of(directory()).back();
  reopen();
  const auto seen = store().opened().epoch;
  for (std::uint32_t seq = 2; seq <= 20; ++seq) put(make(saga(1), seq));
  put(make(saga(1, 7), 1));
  const auto positions_seen = positions;
  log.close();
  auto bytes = read_file(kept.path);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(kept.at + kept.header.bytes), bytes.end(), '\0');
  write_file(kept.path, bytes);
  const copy_of_a_log damaged_log(directory());
  log.settings().accept_loss = true;
  // What the lock has seen; without it, what the index says can have stood there.
  for (const bool with_lock : {true, false}) {
    damaged_log.restore();
    if (!with_lock) remove_lock();
    reopen();
    EXPECT_NE(store().opened().lost, "");
    EXPECT_GT(store().opened().epoch, seen) << with_lock;
    EXPECT_GE(positions[0], positions_seen[0]) << with_lock;
    EXPECT_GE(positions[7], positions_seen[7]) << with_lock;
    EXPECT_EQ(put(make(saga(5), 1)).result, result::durable);
    log.close();
  }
}

TEST_F(log_damage, a_segment_before_the_checkpoint_that_is_cut_off_is_missed_at_the_opening) {
  fill(3, 500, 500);
  log.settings().checkpoint_bytes = 64U << 10U;
  reopen();
  append_until_checkpoint(saga(9), 0);
  log.close();
  auto bytes = read_file(segment(1));
  bytes.resize(bytes.size() / 2);
  write_file(segment(1), bytes);
  EXPECT_THAT(log.open(), HasSubstr(log::segment_name(1) + " is cut off at byte " + std::to_string(bytes.size())));
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr(log::segment_name(1)));
  log.settings().accept_loss = false;
  reopen();
  EXPECT_EQ(store().opened().lost, "");
}

TEST_F(log_damage, a_first_frame_with_a_flipped_number_is_damage_and_can_be_accepted) {
  fill(3, 500, 500);
  log.close();
  const copy_of_a_log whole(directory());
  // The log's number, the segment's up and down, the offset.
  for (const auto& [at, mask] :
       {std::pair{8, 1}, std::pair{18, 1}, std::pair{16, 3}, std::pair{31, 1}, std::pair{24, 1}}) {
    for (const bool with_lock : {true, false}) {
      whole.restore();
      flip(segment(2), static_cast<std::size_t>(at), mask);
      if (!with_lock) remove_lock();
      log.settings().accept_loss = false;
      EXPECT_THAT(log.open(), HasSubstr(log::segment_name(2) + " at byte 0 is damaged")) << at << ' ' << with_lock;
      log.settings().accept_loss = true;
      ASSERT_EQ(log.open(), "") << at << ' ' << with_lock;
      EXPECT_EQ(scanned(), 1'499U) << at;
      log.close();
    }
  }
  whole.restore();
  flip(segment(1), 8);
  remove_lock();
  log.settings().accept_loss = false;
  EXPECT_THAT(log.open(), HasSubstr(log::segment_name(1) + " at byte 0 is damaged"));
}

TEST_F(log_damage, a_record_without_one_before_it_is_refused) {
  const auto told = put(make(saga(1), 2));
  EXPECT_EQ(told.result, result::refused);
  EXPECT_THAT(told.why, HasSubstr("record 2 of saga " + saga(1).text() + " has none before it"));
  EXPECT_TRUE(store().read(saga(1)).empty());
  put(make(saga(2), 1));
  finish(saga(2), 2);
  EXPECT_EQ(put(make(saga(2), 3)).result, result::durable) << "of a finished one the index knows the record before";
  reopen();
  EXPECT_EQ(scanned(), 3U);
}

}  // namespace
}  // namespace sagad::journal::tests
