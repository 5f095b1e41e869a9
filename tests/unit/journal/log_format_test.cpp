#include <gmock/gmock.h>

#include <cstring>

#include "journal/log/carried.hpp"
#include "journal/log/checkpoint.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/key_file.hpp"
#include "journal/log/little_endian.hpp"
#include "journal/log/segments.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

constexpr std::uint64_t log_number = 0x0123456789abcdefULL;

TEST(crc32c, gives_the_published_values_in_hardware_and_by_tables) {
  // RFC 3720, B.4, and the check value of the CRC catalogue.
  std::string rising(32, '\0');
  std::string falling(32, '\0');
  for (std::size_t at = 0; at < 32; ++at) {
    rising[at] = static_cast<char>(at);
    falling[at] = static_cast<char>(31 - at);
  }
  const std::vector<std::pair<std::string, std::uint32_t>> known{
      {"", 0},
      {"123456789", 0xe3069283U},
      {std::string(32, '\0'), 0x8a9136aaU},
      {std::string(32, '\xff'), 0x62a8ab43U},
      {rising, 0x46dd794eU},
      {falling, 0x113fdb5cU},
  };
  for (const auto& [bytes, expected] : known) {
    EXPECT_EQ(log::crc32c(bytes), expected);
    EXPECT_EQ(log::crc32c_by_tables(bytes), expected);
  }
}

TEST(crc32c, is_the_same_both_ways_at_every_length_and_in_parts) {
  std::string bytes;
  for (int length = 0; length < 300; ++length) {
    const auto whole = log::crc32c(bytes);
    ASSERT_EQ(whole, log::crc32c_by_tables(bytes));
    const std::string_view view(bytes);
    const auto half = bytes.size() / 3;
    ASSERT_EQ(whole, log::crc32c(view.substr(half), log::crc32c(view.substr(0, half))));
    ASSERT_EQ(whole, log::crc32c_by_tables(view.substr(half), log::crc32c_by_tables(view.substr(0, half))));
    bytes += static_cast<char>(length * 37);
  }
}

TEST(log_frame, a_record_is_parsed_as_it_was_appended) {
  const named_start name("order-1", "bytes", "canonical");
  entry start;
  start.saga = saga(7, 3);
  start.position = 11;
  start.seq = 1;
  start.bytes = "content";
  start.key = &name.key;
  start.time = 1'700'000'000'001;
  start.due = 42;
  start.final = true;
  std::string out = "before";
  log::append_record(out, start);
  ASSERT_EQ(out.size(), 6 + log::record_bytes(start));
  log::set_previous(out.data() + 6, log::offset{999});
  const auto record = log::parse_record(std::string_view(out).substr(6));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->saga, start.saga);
  EXPECT_EQ(record->position, 11U);
  EXPECT_EQ(record->seq, 1U);
  EXPECT_EQ(record->bytes, "content");
  EXPECT_EQ(record->time, start.time);
  EXPECT_EQ(record->due, 42);
  EXPECT_TRUE(record->final);
  EXPECT_EQ(record->previous, log::offset{999});
  ASSERT_TRUE(record->has_key);
  EXPECT_EQ(record->key, "order-1");
  EXPECT_EQ(record->request_bytes, name.key.request_bytes);
  EXPECT_EQ(record->request_canonical, name.key.request_canonical);
}

TEST(log_frame, a_record_that_is_cut_or_changed_is_none) {
  entry next;
  next.saga = saga(1);
  next.bytes = "content";
  std::string whole;
  log::append_record(whole, next);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(log::parse_record(std::string_view(whole).substr(0, size)));
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    if (at >= 8 && at < 16) continue;  // the offset of the record before is the frame's to guard
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    EXPECT_FALSE(log::parse_record(bytes)) << at;
  }
}

TEST(log_frame, segments_are_named_by_their_numbers) {
  EXPECT_EQ(log::segment_name(1), "segment-0000000001.log");
  EXPECT_EQ(log::segment_name(12'345'678'901), "segment-12345678901.log");
  EXPECT_EQ(log::segment_sequence("segment-0000000042.log"), 42U);
  EXPECT_EQ(log::segment_sequence("segment-12345678901.log"), 12'345'678'901U);
  for (const auto* other : {"segment-42.log", "segment-000000004x.log", "segment-0000000042.log.new", "lock", ""}) {
    EXPECT_FALSE(log::segment_sequence(other)) << other;
  }
}

/// A segment as version 1 writes it: an opening, a batch, a checkpoint, another batch.
class golden_segment {
 public:
  golden_segment() {
    std::string body;
    log::append_opened(body, 1);
    frame(log::frame_kind::opened, 0, body);
    first_batch();
    log::checkpoint_begin begin;
    begin.epoch = 1;
    begin.last_time = 1'700'000'000'002;
    begin.last_position.assign(partitions, 0);
    begin.last_position[3] = 3;
    const auto checkpoint = end();
    body.clear();
    log::append(body, begin);
    frame(log::frame_kind::checkpoint_begin, 0, body);
    body.clear();
    log::append(body, log::checkpoint_piece{checkpoint, {{saga(1, 3), newest_, 500}}});
    frame(log::frame_kind::checkpoint_piece, 0, body);
    body.clear();
    log::append(body, log::checkpoint_end{checkpoint, 1});
    frame(log::frame_kind::checkpoint_end, 0, body);
    body.clear();
    record(body, 1, 2, 4, "second", false, newest_, nullptr);
    frame(log::frame_kind::records, 1, body);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  log::offset end() const { return log::at_byte(bytes_.size()); }

  log::offset record(std::string& body, std::uint64_t number, std::uint32_t seq, position at, std::string_view bytes,
                     bool final, log::offset previous, const start_key* key) {
    const auto begin = body.size();
    if (begin == 0) records_ = 0;
    entry next;
    next.saga = saga(number, 3);
    next.seq = seq;
    next.position = at;
    next.bytes = bytes;
    next.final = final;
    next.key = key;
    next.time = 1'700'000'000'000 + static_cast<millis>(at - 1);
    next.due = 500;
    log::append_record(body, next);
    log::set_previous(body.data() + begin, previous);
    return log::record_of(end(), records_++);
  }

  void first_batch() {
    std::string body;
    const named_start name("order-1", "bytes", "canonical");
    newest_ = record(body, 1, 1, 1, "first", false, log::no_record, &name.key);
    const auto other = record(body, 2, 1, 2, "", false, log::no_record, nullptr);
    record(body, 2, 2, 3, "the end", true, other, nullptr);
    frame(log::frame_kind::records, 3, body);
  }

  void frame(log::frame_kind kind, std::uint32_t records, const std::string& body) {
    std::string frame(log::frame_header_bytes, '\0');
    frame += body;
    log::seal_frame(frame, {log_number, 1, end(), 0, 0, records, kind});
    bytes_ += frame;
  }

  std::string bytes_;
  std::uint32_t records_ = 0;  ///< of the frame that is made
  log::offset newest_ = log::no_record;
};

// What is written now differs from the kept file: the new bytes are left beside the test's other output.
void expect_golden(const std::string& name, const std::string& bytes) {
  const auto path = "tests/golden/log/" + name;
  if (std::filesystem::exists(path) && read_file(path) == bytes) return;
  const auto now = testing::TempDir() + name;
  write_file(now, bytes);
  ADD_FAILURE() << path << " is not what is written now: " << now;
}

TEST(log_golden, the_newest_version_of_the_segments_is_still_written) {
  expect_golden("segment-v2.bin", golden_segment().bytes());
}

// Of the versions of segments and of what is carried: those of the newest records that their writer knew.
class log_golden_version : public testing::TestWithParam<int> {
 protected:
  static std::string file(const std::string& of) {
    return read_file("tests/golden/log/" + of + "-v" + std::to_string(GetParam()) + ".bin");
  }
};

INSTANTIATE_TEST_SUITE_P(of, log_golden_version, testing::Values(1, 2), testing::PrintToStringParamName());

TEST_P(log_golden_version, of_the_segments_is_still_read) {
  sagad::tests::temporary_folder directory(sagad::tests::temporary_folder::on::memory);
  auto bytes = file("segment");
  bytes.resize(64U << 10U, '\0');
  std::filesystem::create_directory(directory.path("log"));
  write_file(directory.path("log/") + log::segment_name(1), bytes);
  std::filesystem::copy_file("tests/golden/log/definitions-v1.bin", directory.path("log/definitions.log"));
  log::options settings;
  settings.directory = directory.path("log");
  settings.segment_bytes = 64U << 10U;
  settings.reserve_bytes = 0;
  auto opened = log::open(settings);
  ASSERT_TRUE(std::holds_alternative<std::unique_ptr<store>>(opened)) << std::get<log::error>(opened).line;
  auto& journal = *std::get<0>(opened);
  EXPECT_EQ(journal.opened().epoch, 2U);
  EXPECT_EQ(journal.opened().last_position[3], 4U);
  EXPECT_EQ(journal.opened().last_time, 1'700'000'000'003);
  ASSERT_EQ(journal.live().size(), 1U);
  EXPECT_EQ(journal.live()[0].saga, saga(1, 3));
  EXPECT_EQ(journal.live()[0].due, 500);
  ASSERT_EQ(journal.read(saga(1, 3)).size(), 2U);
  EXPECT_EQ(journal.read(saga(1, 3))[0].bytes, "first");
  EXPECT_EQ(journal.read(saga(1, 3))[1].bytes, "second");
  ASSERT_EQ(journal.read(saga(2, 3)).size(), 2U);
  EXPECT_EQ(journal.find_key("order-1", 0)->saga, saga(1, 3));
  EXPECT_EQ(journal.find_key("order-1", 0)->request_bytes, digest_of("bytes"));
  ASSERT_EQ(journal.definitions().size(), 3U);
  EXPECT_EQ(journal.definitions()[1].name, "sale");
  EXPECT_EQ(journal.definitions()[1].version, 2U);
  EXPECT_EQ(journal.definitions()[2].canonical, "{\"inline\":true}");
}

TEST(log_golden, version_1_of_the_definitions_is_still_written) {
  log_subject log(sagad::tests::temporary_folder::on::memory);
  log.store().put_definition("sale", "{\"steps\":[]}");
  log.store().put_definition("sale", "{\"steps\":[1]}");
  log.store().put_definition("", "{\"inline\":true}");
  log.close();
  expect_golden("definitions-v1.bin", read_file(log.settings().directory + "/definitions.log"));
}

std::string golden_carried_frame() {
  std::string frame(log::frame_header_bytes, '\0');
  log::append_carried_header(frame);
  const start_key name{"order-1", digest_of("bytes"), digest_of("canonical")};
  entry first;
  first.saga = saga(1, 3);
  first.position = 7;
  first.seq = 1;
  first.bytes = "first";
  first.key = &name;
  first.time = 1'700'000'000'000;
  log::append_record(frame, first);
  entry second = first;
  second.key = nullptr;
  second.position = 9;
  second.seq = 2;
  second.bytes = "second";
  const auto begin = frame.size();
  log::append_record(frame, second);
  log::set_previous(frame.data() + begin, log::record_of(log::at_byte(1'000), 0));
  log::set_carried(frame, 0, true);
  log::frame_header header;
  header.log = 0x0123456789abcdefULL;
  header.sequence = 5;
  header.offset = log::at_byte(1'000);
  header.records = 2;
  header.kind = log::frame_kind::carried;
  log::seal_frame(frame, header);
  return frame;
}

TEST(log_golden, the_newest_version_of_carried_frames_is_still_written) {
  expect_golden("carried-v2.bin", golden_carried_frame());
}

TEST(log_frame, a_record_whose_key_would_end_behind_it_makes_no_sense) {
  constexpr std::size_t at_key_bytes = 62;
  constexpr std::size_t room_for_the_key = 7 + 5;  // the key's own bytes, and the record's behind it
  auto frame = golden_carried_frame();
  const auto first = log::frame_header_bytes + log::carried_header_bytes;
  std::vector<log::placed_record> records;
  const auto makes_sense = [&](std::size_t key_bytes) {
    frame[first + at_key_bytes] = static_cast<char>(key_bytes);
    const auto header = *log::frame_header_of(frame);
    return log::parse_records(header, std::string_view(frame).substr(log::frame_header_bytes), records);
  };
  EXPECT_TRUE(makes_sense(room_for_the_key));
  EXPECT_EQ(records[0].record.key, "order-1first");
  EXPECT_FALSE(makes_sense(room_for_the_key + 1));
}

TEST_P(log_golden_version, of_carried_frames_is_still_read) {
  const auto frame = file("carried");
  const auto header = log::frame_header_of(frame);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(static_cast<int>(header->kind), 6);
  const auto body = std::string_view(frame).substr(log::frame_header_bytes);
  EXPECT_TRUE(log::is_unfinished(body));
  std::vector<log::placed_record> records;
  ASSERT_TRUE(log::parse_records(*header, body, records));
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].at, log::record_of(log::at_byte(1'000), 0));
  EXPECT_EQ(records[1].at, log::record_of(log::at_byte(1'000), 1));
  EXPECT_EQ(records[0].record.key, "order-1");
  EXPECT_EQ(records[1].record.previous, records[0].at);
  EXPECT_EQ(records[1].record.bytes, "second");
  EXPECT_EQ(records[1].record.position, 9U);
}

TEST(log_format, a_carried_frame_says_when_it_was_copied_and_whether_it_goes_on) {
  std::string frame(log::frame_header_bytes, '\0');
  log::append_carried_header(frame);
  for (const bool unfinished : {false, true}) {
    log::set_carried(frame, 1'700'000'000'001, unfinished);
    const auto body = std::string_view(frame).substr(log::frame_header_bytes);
    EXPECT_EQ(log::is_unfinished(body), unfinished);
    EXPECT_EQ(log::carried_at(body), 1'700'000'000'001);
  }
}

std::string golden_key_file() {
  log::key_file_header header;
  header.log = 0x0123456789abcdefULL;
  header.sequence = 42;
  header.from = log::at_byte(64);
  header.to = log::at_byte(1'000);
  return log::encode_key_file(
      header, {{log::record_of(log::at_byte(100), 3), saga(1, 2), 1'700'000'000'000, digest_of("bytes"),
                digest_of("canonical"), "order-1"},
               {log::at_byte(900), saga(2, 3), 1'700'000'000'500, digest_of("more"), digest_of("of it"), "order-22"}});
}

TEST(log_golden, version_1_of_the_key_files_is_still_written) {
  expect_golden("keys-v1.bin", golden_key_file());
}

TEST(log_golden, version_1_of_the_key_files_is_still_read) {
  const auto bytes = read_file("tests/golden/log/keys-v1.bin");
  const auto header = log::key_file_header_of(bytes);
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(header->log, 0x0123456789abcdefULL);
  EXPECT_EQ(header->sequence, 42U);
  EXPECT_EQ(header->from, log::at_byte(64));
  EXPECT_EQ(header->to, log::at_byte(1'000));
  EXPECT_EQ(header->newest_end, 1'700'000'000'500);
  const auto keys = log::decode_key_file(bytes);
  ASSERT_TRUE(keys.has_value());
  ASSERT_EQ(keys->size(), 2U);
  EXPECT_EQ((*keys)[0].key, "order-1");
  EXPECT_EQ((*keys)[0].saga, saga(1, 2));
  EXPECT_EQ((*keys)[1].key, "order-22");
  EXPECT_EQ((*keys)[1].at, log::at_byte(900));
  EXPECT_EQ((*keys)[1].ended, 1'700'000'000'500);
  EXPECT_EQ((*keys)[1].request_bytes, digest_of("more"));
  EXPECT_EQ((*keys)[1].request_canonical, digest_of("of it"));
}

TEST(log_golden, a_key_file_with_any_byte_changed_is_damaged) {
  const auto bytes = golden_key_file();
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    auto damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(log::decode_key_file(damaged).has_value()) << at;
  }
  EXPECT_FALSE(log::decode_key_file(std::string_view(bytes).substr(0, bytes.size() - 1)).has_value());
}

TEST(log_golden, version_2_of_the_definitions_marks_what_is_retired) {
  log_subject log(sagad::tests::temporary_folder::on::memory);
  log.store().put_definition("sale", "{\"steps\":[]}");
  log.store().retire_definition("sale");
  log.store().put_definition("sale", "{\"steps\":[]}");
  log.store().put_definition("refund", "{\"steps\":[]}");
  log.store().retire_definition("refund");
  log.close();
  expect_golden("definitions-v2.bin", read_file(log.settings().directory + "/definitions.log"));
  sagad::tests::temporary_folder directory(sagad::tests::temporary_folder::on::memory);
  std::filesystem::create_directory(directory.path("log"));
  auto segment = read_file("tests/golden/log/segment-v1.bin");
  segment.resize(64U << 10U, '\0');
  write_file(directory.path("log/") + log::segment_name(1), segment);
  std::filesystem::copy_file("tests/golden/log/definitions-v2.bin", directory.path("log/definitions.log"));
  log::options settings;
  settings.directory = directory.path("log");
  settings.segment_bytes = 64U << 10U;
  settings.reserve_bytes = 0;
  auto opened = log::open(settings);
  if (const auto* why = std::get_if<log::error>(&opened)) FAIL() << why->line;
  const auto kept = std::get<0>(opened)->definitions();
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_FALSE(kept[0].retired);
  EXPECT_TRUE(kept[1].retired);
}

TEST(log_golden, the_sizes_and_places_that_the_format_page_gives_are_the_code_s) {
  const auto bytes = golden_segment().bytes();
  EXPECT_EQ(bytes.substr(0, 4), "SGJ1");
  EXPECT_EQ(log::frame_header_bytes, 48U);
  EXPECT_EQ(log::record_header_bytes, 64U);
  // The first batch lies behind an opening of 48 + 8 bytes; its first record has a key of 7 bytes.
  const auto frame = std::string_view(bytes).substr(56);
  EXPECT_EQ(frame.substr(0, 4), "SGJ1");
  EXPECT_EQ(log::get<std::uint64_t>(frame.data() + 24), 56U * 4096U);
  EXPECT_EQ(static_cast<int>(frame[36]), 3);
  EXPECT_EQ(static_cast<int>(frame[40]), 1);
  const auto record = frame.substr(48);
  EXPECT_EQ(static_cast<unsigned char>(record[0]), 64U + 64U + 7U + 5U);
  EXPECT_EQ(std::memcmp(record.data() + 16, saga(1, 3).bytes.data(), 16), 0);
  EXPECT_EQ(static_cast<int>(record[32]), 1);
  EXPECT_EQ(static_cast<int>(record[60]), 2);
  EXPECT_EQ(static_cast<int>(record[62]), 7);
  EXPECT_EQ(record.substr(128, 7), "order-1");
  EXPECT_EQ(record.substr(135, 5), "first");
}

}  // namespace
}  // namespace sagad::journal::tests
