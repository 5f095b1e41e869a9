#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "journal/log/crc32c.hpp"
#include "journal/log/segments.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

using testing::HasSubstr;

constexpr millis far_ahead = millis{1} << 50;

class log_recovery : public log_test {};

TEST_F(log_recovery, a_torn_last_batch_is_dropped_and_told_wherever_it_was_torn) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  fill(2, 3);
  const memory_of_a_log before(directory());
  put(make(saga(3), 1, std::string(600, 'z')));
  log.close();
  const auto last = frames_of(directory()).back();
  ASSERT_EQ(last.header.records, 1U);
  before.restore();
  const copy_of_a_log whole(directory());
  const auto segment = read_file(last.path);
  std::mt19937_64 random(7);
  // Every byte of the headers, then of the content some; what is left is longer than what is written over it.
  for (std::size_t length = 0; length < last.header.bytes; length += length < 130 ? 1 : 37) {
    for (const auto kind : {"cut off", "zeros", "garbage"}) {
      whole.restore();
      auto bytes = segment;
      if (kind == std::string("cut off")) {
        bytes.resize(last.at + length);
      } else {
        for (auto at = last.at + length; at < last.at + last.header.bytes; ++at) {
          bytes[at] = kind == std::string("zeros") ? '\0' : static_cast<char>(segment[at] ^ (1 + random() % 255));
        }
      }
      write_file(last.path, bytes);
      // Zeros may be what the frame ends with: then it is whole.
      if (bytes == segment) continue;
      reopen();
      const bool nothing_left = length == 0 && kind != std::string("garbage");
      ASSERT_EQ(store().opened().torn.empty(), nothing_left) << kind << " from byte " << length << " on";
      ASSERT_EQ(scanned(), 6U);
      ASSERT_TRUE(store().read(saga(3)).empty());
      ASSERT_EQ(put(make(saga(4), 1)).result, result::durable);
      reopen();
      ASSERT_EQ(store().opened().torn, "");
      ASSERT_EQ(scanned(), 7U);
      log.close();
    }
  }
}

TEST_F(log_recovery, a_torn_batch_at_the_start_of_a_segment_is_dropped_too) {
  fill(1, 400, 1000);
  memory_of_a_log before(directory());
  std::vector<frame_in_file> frames;
  std::uint32_t seq = 400;
  do {
    before = memory_of_a_log(directory());
    put(make(saga(1), ++seq, incompressible(1'000)));
    frames = frames_of(directory());
  } while (frames.back().at != 0);
  ASSERT_EQ(frames.back().header.kind, log::frame_kind::records);
  log.close();
  before.restore();
  auto bytes = read_file(frames.back().path);
  for (std::size_t at = 0; at < 512; ++at) bytes[at] = '\0';
  write_file(frames.back().path, bytes);
  reopen();
  EXPECT_THAT(store().opened().torn, HasSubstr(frames.back().path));
  EXPECT_EQ(store().read(saga(1)).size(), seq - 1);
  put(make(saga(1), seq));
  reopen();
  EXPECT_EQ(store().opened().torn, "");
  EXPECT_EQ(store().read(saga(1)).size(), seq);
}

TEST_F(log_recovery, a_torn_very_first_batch_is_dropped_and_what_follows_is_read) {
  reopen();
  const auto frames = frames_of(directory());
  log.close();
  auto bytes = read_file(frames.front().path);
  for (auto at = frames.front().header.bytes / 2; at < bytes.size(); ++at) bytes[at] = '\0';
  write_file(frames.front().path, bytes);
  auto lock = read_file(directory() + "/lock");
  for (std::size_t at = 0; at < 8; ++at) {
    lock[80 + at] = '\0';  // committed up to 0, and the same inverted
    lock[88 + at] = '\xff';
  }
  write_file(directory() + "/lock", lock);
  log.remove_index();
  reopen();
  EXPECT_THAT(store().opened().torn, HasSubstr(frames.front().path));
  put(make(saga(1), 1));
  EXPECT_EQ(store().read(saga(1)).size(), 1U);
  EXPECT_EQ(scanned(), 1U);
}

TEST_F(log_recovery, what_is_wiped_is_kept_aside_and_the_oldest_makes_room) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  std::vector<std::string> names;
  std::string torn;
  for (int round = 0; round < 10; ++round) {
    put(make(saga(1), static_cast<std::uint32_t>(round + 1)));
    log.close();
    const auto last = frames_of(directory()).back();
    const auto end = last.at + last.header.bytes;
    auto bytes = read_file(last.path);
    torn = "torn " + std::to_string(round);
    bytes.replace(end, torn.size(), torn);
    write_file(last.path, bytes);
    reopen();
    const auto& told = store().opened().torn;
    const auto kept = told.find("kept as ");
    ASSERT_NE(kept, std::string::npos) << told;
    names.push_back(told.substr(kept + 8));
    ASSERT_EQ(read_file(names.back()), torn);
  }
  for (std::size_t at = 0; at < names.size(); ++at) EXPECT_EQ(std::filesystem::exists(names[at]), at >= 2) << at;
}

TEST_F(log_recovery, damage_that_no_one_torn_batch_explains_is_refused) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  fill(2, 5);
  const auto count = scanned();
  log.close();
  const auto frames = frames_of(directory());
  std::filesystem::remove(directory() + "/lock");
  log.remove_index();
  const copy_of_a_log whole(directory());
  // Of the last frames one byte each: in their bodies, in their headers, in both.
  for (const std::size_t first : {60, 4, 33}) {
    for (const std::size_t others : {60, 4}) {
      whole.restore();
      auto bytes = read_file(frames.back().path);
      for (std::size_t back = 1; back <= 4; ++back) {
        const auto at = frames[frames.size() - back].at + (back == 4 ? first : others);
        bytes[at] = static_cast<char>(bytes[at] ^ 1);
      }
      write_file(frames.back().path, bytes);
      EXPECT_THAT(log.open(), HasSubstr("byte " + std::to_string(frames[frames.size() - 4].at) + " is damaged"));
      EXPECT_EQ(read_file(frames.back().path), bytes) << "a log that was refused is not touched";
    }
  }
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr("is damaged"));
  EXPECT_THAT(store().opened().torn, HasSubstr("kept as "));
  EXPECT_EQ(scanned(), count - 4);
}

TEST_F(log_recovery, what_is_written_at_the_end_of_two_segments_is_no_torn_batch) {
  fill(1, 5);
  log.close();
  const auto last = frames_of(directory()).back();
  auto bytes = read_file(last.path);
  bytes[last.at + last.header.bytes + 10] = 'x';
  write_file(last.path, bytes);
  const auto next = directory() + "/" + log::segment_name(last.header.sequence + 1);
  write_file(next, "x" + std::string(log.settings().segment_bytes - 1, '\0'));
  EXPECT_THAT(log.open(), HasSubstr("one torn batch lies in one segment"));
}

TEST_F(log_recovery, what_a_newer_version_wrote_is_neither_read_nor_touched) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  fill(2, 5);
  log.close();
  const auto frames = frames_of(directory());
  const copy_of_a_log whole(directory());
  for (const std::size_t newer : {std::size_t{1}, std::size_t{4}, frames.size()}) {
    for (const bool remembered : {true, false}) {
      whole.restore();
      auto bytes = read_file(frames.back().path);
      for (std::size_t back = 1; back <= newer; ++back) {
        const auto& frame = frames[frames.size() - back];
        bytes[frame.at + 42] = 3;
        const auto crc = log::crc32c(std::string_view(bytes).substr(frame.at + 8, frame.header.bytes - 8));
        std::memcpy(bytes.data() + frame.at + 4, &crc, 4);
      }
      write_file(frames.back().path, bytes);
      if (!remembered) std::filesystem::remove(directory() + "/lock");
      if (!remembered) log.remove_index();
      for (const bool accepted : {false, true}) {
        log.settings().accept_loss = accepted;
        EXPECT_THAT(log.open(), HasSubstr("was written by a newer version of sagad, format 3 is not known (this "
                                          "program reads up to 2): start that one"))
            << newer << ' ' << remembered;
        EXPECT_EQ(read_file(frames.back().path), bytes);
      }
    }
  }
}

TEST_F(log_recovery, a_flipped_bit_anywhere_is_refused) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  fill(5, 20);
  log.close();
  const copy_of_a_log whole(directory());
  const auto frames = frames_of(directory());
  std::mt19937_64 random(11);
  for (int round = 0; round < 300; ++round) {
    whole.restore();
    const auto& frame = frames[random() % frames.size()];
    auto bytes = read_file(frame.path);
    const auto at = frame.at + random() % frame.header.bytes;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
    write_file(frame.path, bytes);
    if (round % 2 == 0) log.remove_index();
    const auto error = log.open();
    ASSERT_THAT(error, testing::AnyOf(HasSubstr("is damaged"), HasSubstr("is missing"), HasSubstr("another log"),
                                      HasSubstr(" holds ")))
        << "byte " << at << " of " << frame.path << " in round " << round;
    ASSERT_THAT(error, testing::Not(HasSubstr("\n")));
    ASSERT_EQ(read_file(frame.path), bytes) << "a log that was refused is not touched";
  }
}

TEST_F(log_recovery, a_flipped_bit_behind_the_checkpoint_is_met_when_it_is_read) {
  fill(1, 1, 400);
  put(make(saga(2), 1));
  const auto seq = append_until_checkpoint(saga(2), 1);
  log.close();
  const auto frames = frames_of(directory());
  const auto first = std::find_if(frames.begin(), frames.end(), [](const frame_in_file& frame) {
    return frame.header.kind == log::frame_kind::records;
  });
  auto bytes = read_file(first->path);
  bytes[first->at + 200] = static_cast<char>(bytes[first->at + 200] ^ 4);
  write_file(first->path, bytes);
  ASSERT_EQ(log.open(), "");
  EXPECT_THROW(store().read(saga(1)), damaged);
  EXPECT_THROW(scanned(), damaged);
  EXPECT_EQ(store().read(saga(2)).size(), seq);
}

TEST_F(log_recovery, a_missing_segment_is_named) {
  fill(3, 500, 500);
  log.close();
  const auto frames = frames_of(directory());
  const auto last = frames.back().header.sequence;
  ASSERT_GE(last, 4U);
  const copy_of_a_log whole(directory());
  for (std::uint64_t sequence = 1; sequence <= last; ++sequence) {
    for (const bool with_index : {true, false}) {
      whole.restore();
      const auto name = log::segment_name(sequence);
      std::filesystem::remove(directory() + "/" + name);
      if (!with_index) log.remove_index();
      ASSERT_THAT(log.open(), testing::AllOf(HasSubstr(name), HasSubstr("is missing")));
    }
  }
}

TEST_F(log_recovery, the_end_of_a_log_is_missed_by_the_lock_file_and_by_the_index) {
  fill(2, 5);
  log.close();
  const auto last = frames_of(directory()).back();
  auto bytes = read_file(last.path);
  for (auto at = last.at; at < last.at + last.header.bytes; ++at) bytes[at] = '\0';
  write_file(last.path, bytes);
  EXPECT_THAT(log.open(), HasSubstr("had been committed"));
  const copy_of_a_log whole(directory());
  std::filesystem::remove(directory() + "/lock");
  EXPECT_THAT(log.open(), HasSubstr("index.db has seen"));
  whole.restore();
  log.remove_index();
  EXPECT_THAT(log.open(), HasSubstr("had been committed"));
}

TEST_F(log_recovery, a_log_that_is_gone_is_missed) {
  fill(2, 5);
  log.close();
  for (const auto& entry : std::filesystem::directory_iterator(directory())) {
    if (log::segment_sequence(entry.path().filename().string())) std::filesystem::remove(entry.path());
  }
  EXPECT_THAT(log.open(), HasSubstr("the log is missing"));
}

TEST_F(log_recovery, files_of_another_log_are_refused_and_others_left_alone) {
  log_subject other(sagad::tests::temporary_folder::on::memory);
  fill(2, 500, 500);
  const auto first = directory() + "/" + log::segment_name(2);
  log.close();
  other.close();  // or it may still be filling that segment with zeros
  std::filesystem::copy_file(first, other.settings().directory + "/" + log::segment_name(2),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(other.open(), HasSubstr("belongs to another log"));
  write_file(directory() + "/notes.txt", "mine");
  write_file(directory() + "/segment-1.log", "mine");
  reopen();
  EXPECT_EQ(read_file(directory() + "/notes.txt"), "mine");
  EXPECT_EQ(read_file(directory() + "/segment-1.log"), "mine");
  log.close();
  write_file(directory() + "/" + log::segment_name(900), std::string(1000, 'x'));
  EXPECT_THAT(log.open(), HasSubstr("is not a segment of this log"));
}

TEST_F(log_recovery, a_file_of_a_later_number_is_no_torn_batch_though_none_lies_between) {
  fill(1, 3, 500);
  log.close();
  for (std::uint64_t sequence = 2; std::filesystem::remove(directory() + "/" + log::segment_name(sequence));)
    ++sequence;
  write_file(directory() + "/" + log::segment_name(900), std::string(1000, 'x'));
  EXPECT_THAT(log.open(), HasSubstr("is not a segment of this log"));
  EXPECT_EQ(read_file(directory() + "/" + log::segment_name(900)), std::string(1000, 'x'));
}

TEST_F(log_recovery, a_second_opener_is_told_who_has_it) {
  auto second = log::open(log.settings());
  ASSERT_TRUE(std::holds_alternative<log::error>(second));
  EXPECT_EQ(std::get<log::error>(second).line, directory() + " is in use by process " + std::to_string(::getpid()));
  EXPECT_TRUE(std::get<log::error>(second).in_use);
}

TEST_F(log_recovery, a_directory_that_cannot_be_one_gets_one_line) {
  log.settings().directory = log.directory().path("file");
  write_file(log.settings().directory, "");
  log.close();
  EXPECT_EQ(log.open(), log.settings().directory + " is not a directory");
  log.settings().directory += "/below";
  EXPECT_THAT(log.open(), HasSubstr("is not a directory"));
  log.settings().directory = "";
  EXPECT_EQ(log.open(), "no directory is named for the log");
}

TEST_F(log_recovery, a_directory_of_somebody_else_gets_one_line) {
  if (::geteuid() != 0) {
    log.settings().directory = "/proc/sagad";
    log.close();
    EXPECT_THAT(log.open(), HasSubstr("/proc/sagad"));
    return;
  }
  log.close();
  std::filesystem::permissions(log.directory().path(), std::filesystem::perms::all);
  std::filesystem::permissions(directory(), std::filesystem::perms::owner_all);
  const pid_t child = ::fork();
  if (child == 0) {
    if (::setuid(65534) != 0) ::_exit(2);
    const auto error = log.open();
    ::_exit(error.find("belongs to user 0, this is user 65534") != std::string::npos ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(log_recovery, segments_of_another_size_are_read_on) {
  fill(2, 300, 500);
  log.settings().segment_bytes = 64U << 10U;
  reopen();
  for (std::uint32_t seq = 301; seq <= 600; ++seq) put(make(saga(1), seq, std::string(500, 'x')));
  log.settings().segment_bytes = 1U << 20U;
  reopen();
  put(make(saga(1), 601));
  reopen();
  EXPECT_EQ(store().read(saga(1)).size(), 601U);
  EXPECT_EQ(scanned(), 901U);
}

TEST_F(log_recovery, an_accepted_loss_is_told_once_with_the_sagas_concerned) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  for (std::uint32_t seq = 1; seq <= 3; ++seq) put(make(saga(1), seq));
  put(make(saga(2), 1));
  finish(saga(2), 2);
  put(make(saga(3), 1));
  for (std::uint32_t seq = 1; seq <= 1200; ++seq) put(make(saga(9), seq, std::string(500, 'x')));
  put(make(saga(1), 4));
  put(make(saga(4), 1));
  log.close();
  std::filesystem::remove(directory() + "/" + log::segment_name(2));
  EXPECT_THAT(log.open(), HasSubstr(log::segment_name(2) + " is missing"));
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr(log::segment_name(2)));
  // 9 lacks records for certain, 3 may; 1 went on behind the gap from a record before it.
  EXPECT_EQ(store().opened().lost_sagas, (std::vector<saga_id>{saga(3), saga(9)}));
  log.settings().accept_loss = false;
  for (int round = 0; round < 3; ++round) {
    if (round == 2) log.remove_index();
    reopen();
    EXPECT_EQ(store().opened().lost, "");
    EXPECT_EQ(store().opened().live_sagas, 3U);
    EXPECT_EQ(store().read(saga(1)).size(), 4U);
    EXPECT_EQ(store().read(saga(2)).size(), 2U);
    EXPECT_EQ(store().read(saga(4)).size(), 1U);
    EXPECT_GT(scanned(), 100U);
    log.close();
  }
}

TEST_F(log_recovery, an_accepted_damage_is_skipped_by_scans) {
  log.settings().checkpoint_bytes = UINT64_MAX / 8;
  reopen();
  fill(4, 10);
  log.close();
  const auto frames = frames_of(directory());
  const auto& middle = frames[frames.size() / 2];
  auto bytes = read_file(middle.path);
  bytes[middle.at + 60] = static_cast<char>(bytes[middle.at + 60] ^ 1);
  write_file(middle.path, bytes);
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr("is damaged"));
  EXPECT_EQ(scanned(), 39U);
  EXPECT_EQ(store().opened().live_sagas, 3U);
}

TEST_F(log_recovery, an_accepted_short_log_goes_on_where_it_ends) {
  fill(2, 5);
  log.close();
  const auto last = frames_of(directory()).back();
  auto bytes = read_file(last.path);
  for (auto at = last.at; at < bytes.size(); ++at) bytes[at] = '\0';
  write_file(last.path, bytes);
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().lost, HasSubstr("had been committed"));
  EXPECT_EQ(store().read(saga(2)).size(), 4U);
  put(make(saga(2), 5));
  log.settings().accept_loss = false;
  reopen();
  EXPECT_EQ(store().opened().lost, "");
  EXPECT_EQ(store().read(saga(2)).size(), 5U);
}

TEST_F(log_recovery, a_checkpoint_stands_for_everything_before_it) {
  for (std::uint64_t number = 1; number <= 300; ++number) {
    auto begin = make(saga(number, static_cast<partition_no>(number % 7)), 1);
    begin.due = far_ahead - static_cast<millis>(number);
    put(begin);
    if (number % 3 == 0) finish(saga(number, static_cast<partition_no>(number % 7)), 2);
  }
  append_until_checkpoint(saga(1, 1), 1);
  const auto positions_before = positions;
  std::vector<std::vector<live_saga>> seen;
  for (const bool with_lock : {true, false}) {
    log.close();
    if (!with_lock) std::filesystem::remove(directory() + "/lock");
    reopen();
    EXPECT_EQ(positions, positions_before);
    EXPECT_EQ(store().opened().last_time, 1'700'000'000'000);
    seen.push_back(store().live());
    ASSERT_EQ(seen.back().size(), 200U);
    EXPECT_EQ(seen.back()[0].saga, saga(299, 299 % 7));
    EXPECT_EQ(seen.back()[0].due, far_ahead - 299);
  }
}

TEST_F(log_recovery, what_is_due_at_the_opening_comes_as_it_lies) {
  constexpr millis due_then = 5'000;
  for (const std::uint64_t number : {4U, 2U, 5U, 1U, 3U}) {
    auto begin = make(saga(number), 1);
    begin.due = number < 4 ? due_then - static_cast<millis>(number) : due_then + static_cast<millis>(number);
    put(begin);
  }
  log.settings().wall_now = [] { return due_then; };
  reopen();
  std::vector<saga_id> seen;
  for (const auto& one : store().live()) seen.push_back(one.saga);
  EXPECT_EQ(seen, (std::vector{saga(2), saga(1), saga(3), saga(4), saga(5)}));
}

TEST_F(log_recovery, a_torn_definition_is_dropped_and_a_damaged_one_refused) {
  store().put_definition("sale", "{\"first\":1}");
  const memory_of_a_log before(directory());
  store().put_definition("sale", "{\"second\":2}");
  log.close();
  const auto path = directory() + "/definitions.log";
  const auto whole = read_file(path);
  for (std::size_t size = whole.size() / 2 + 1; size < whole.size(); ++size) {
    write_file(path, whole.substr(0, size));
    before.restore();
    ASSERT_EQ(log.open(), "");
    EXPECT_THAT(store().opened().torn, HasSubstr("definitions.log"));
    ASSERT_EQ(store().definitions().size(), 1U);
    EXPECT_EQ(store().put_definition("sale", "{\"second\":2}").version, 2U);
    log.close();
    EXPECT_EQ(read_file(path), whole);
  }
  for (std::size_t at = 0; at < whole.size() / 2 - 1; at += 5) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 32);
    write_file(path, bytes);
    EXPECT_THAT(log.open(), HasSubstr("definitions.log at byte 0 is damaged"));
  }
}

}  // namespace
}  // namespace sagad::journal::tests
