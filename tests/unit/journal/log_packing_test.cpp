#include "journal/log/packing.hpp"

#include <gmock/gmock.h>

#include <deque>

#include "journal/log/carried.hpp"
#include "log_fixture.hpp"

namespace sagad::journal::tests {
namespace {

using testing::Each;
using testing::HasSubstr;

std::string frame_of(const std::string& body) {
  std::string frame(log::frame_header_bytes, '\0');
  return frame + body;
}

std::string text(std::size_t bytes) {
  std::string made;
  while (made.size() < bytes) made += "{\"hold\":\"h-" + std::to_string(made.size()) + "\"}";
  made.resize(bytes);
  return made;
}

std::optional<std::string> unpacked(std::uint32_t bytes, std::string_view body) {
  log::frame_header header;
  header.unpacked = bytes;
  std::string buffer;
  const auto found = log::unpack(header, body, buffer);
  return found ? std::optional(std::string(*found)) : std::nullopt;
}

TEST(log_packing, what_was_packed_is_smaller_and_comes_back) {
  log::packer packer;
  for (const std::size_t bytes : {log::packed_bytes_min, std::size_t{5'000}, log::packed_bytes_max}) {
    const auto body = text(bytes);
    auto frame = frame_of(body);
    ASSERT_EQ(packer.pack(frame), bytes);
    EXPECT_LT(frame.size(), log::frame_header_bytes + bytes / 2);
    EXPECT_EQ(unpacked(static_cast<std::uint32_t>(bytes), frame.substr(log::frame_header_bytes)), body);
  }
}

TEST(log_packing, what_is_short_or_long_or_hardly_gets_smaller_stays_as_it_is) {
  log::packer packer;
  for (const auto& body : {text(log::packed_bytes_min - 1), text(log::packed_bytes_max + 1), incompressible(5'000)}) {
    auto frame = frame_of(body);
    EXPECT_EQ(packer.pack(frame), 0U);
    EXPECT_EQ(frame, frame_of(body));
    EXPECT_EQ(unpacked(0, body), body);
  }
}

TEST(log_packing, a_body_that_is_not_what_its_header_says_is_not_unpacked) {
  log::packer packer;
  const auto body = text(5'000);
  auto frame = frame_of(body);
  ASSERT_EQ(packer.pack(frame), 5'000U);
  const auto packed = frame.substr(log::frame_header_bytes);
  EXPECT_EQ(unpacked(4'999, packed), std::nullopt);
  EXPECT_EQ(unpacked(5'001, packed), std::nullopt);
  EXPECT_EQ(unpacked(log::packed_bytes_max + 1, packed), std::nullopt);
  EXPECT_EQ(unpacked(5'000, std::string_view(packed).substr(0, packed.size() - 1)), std::nullopt);
  EXPECT_EQ(unpacked(5'000, packed + "x"), std::nullopt);
  EXPECT_EQ(unpacked(5'000, body), std::nullopt);
}

TEST(log_packing, a_frame_that_was_packed_once_is_still_read) {
  const auto frame = read_file("tests/golden/log/packed-v2.bin");
  const auto header = log::frame_header_of(frame);
  ASSERT_TRUE(header.has_value());
  ASSERT_TRUE(log::frame_is_whole(frame));
  EXPECT_EQ(header->unpacked, 1'152U);
  std::string buffer;
  const auto body = log::unpack(*header, std::string_view(frame).substr(log::frame_header_bytes), buffer);
  ASSERT_TRUE(body.has_value());
  std::vector<log::placed_record> records;
  ASSERT_TRUE(log::parse_records(*header, *body, records));
  ASSERT_EQ(records.size(), 8U);
  auto rest = *body;
  for (const auto& one : records) {
    EXPECT_TRUE(log::parse_record(rest.substr(0, one.record.size)).has_value()) << "its checksum is wrong";
    rest.remove_prefix(one.record.size);
  }
}

class log_packed : public log_test {
 protected:
  static constexpr std::uint64_t sagas = 40;

  /// Each saga's start, with a key, then each one's end: one commit each.
  void write_batches() {
    lane one(store());
    std::deque<named_start> names;
    for (std::uint64_t number = 1; number <= sagas; ++number) {
      names.emplace_back(key(number), "bytes" + key(number), "canonical" + key(number));
    }
    ticket last = 0;
    for (std::uint64_t number = 1; number <= sagas; ++number) {
      const auto bytes = content(number, 1);
      auto start = make(saga(number), 1, bytes);
      start.key = &names[number - 1].key;
      last = one.appender().append(start);
    }
    ASSERT_TRUE(one.commit(last).empty());
    for (std::uint64_t number = 1; number <= sagas; ++number) {
      const auto bytes = content(number, 2);
      auto end = make(saga(number), 2, bytes);
      end.final = number % 2 == 0;
      last = one.appender().append(end);
    }
    ASSERT_TRUE(one.commit(last).empty());
  }
  static std::string key(std::uint64_t number) { return "order-" + std::to_string(number); }
  static std::string content(std::uint64_t number, std::uint32_t seq) {
    return "{\"saga\":" + std::to_string(number) + ",\"seq\":" + std::to_string(seq) + "}";
  }
  void expect_all() {
    for (std::uint64_t number = 1; number <= sagas; ++number) {
      const auto records = store().read(saga(number));
      ASSERT_EQ(records.size(), 2U) << number;
      EXPECT_EQ(records[0].bytes, content(number, 1));
      EXPECT_EQ(records[1].bytes, content(number, 2));
      const auto holder = store().find_key(key(number), 0);
      ASSERT_TRUE(holder.has_value()) << number;
      EXPECT_EQ(holder->saga, saga(number));
    }
  }
  std::vector<frame_in_file> packed_frames() {
    auto frames = frames_of(directory());
    std::erase_if(frames, [](const frame_in_file& one) { return one.header.unpacked == 0; });
    return frames;
  }
};

TEST_F(log_packed, records_of_a_packed_batch_are_found_one_by_one_before_and_after_an_opening) {
  write_batches();
  const auto packed = packed_frames();
  ASSERT_EQ(packed.size(), 2U);
  for (const auto& one : packed) EXPECT_LT(one.header.bytes, one.header.unpacked * 3 / 4);
  expect_all();
  reopen();
  EXPECT_EQ(store().live().size(), sagas / 2);
  expect_all();
  log.close();
  log.remove_index();
  reopen();
  expect_all();
}

TEST_F(log_packed, a_scan_goes_on_anywhere_in_a_batch) {
  write_batches();
  for (const std::size_t at_once : {1, 7, 40, 1'000}) {
    std::vector<std::string> seen;
    cursor at;
    for (cursor before{1}; before != at;) {
      before = at;
      std::size_t count = 0;
      at = store().scan(at, at_once, [&](const stored_record& record) {
        seen.push_back(record.bytes);
        ++count;
      });
      EXPECT_LE(count, at_once);
      EXPECT_GE(at, before);
    }
    ASSERT_EQ(seen.size(), 2 * sagas) << at_once;
    for (std::uint64_t number = 1; number <= sagas; ++number) {
      EXPECT_EQ(seen[number - 1], content(number, 1));
      EXPECT_EQ(seen[sagas + number - 1], content(number, 2));
    }
    EXPECT_EQ(at, store().end());
  }
}

TEST_F(log_packed, a_batch_that_is_scanned_in_small_pieces_is_read_and_unpacked_once) {
  constexpr std::uint64_t records = 5'000;
  lane one(store());
  ticket last = 0;
  for (std::uint64_t number = 1; number <= records; ++number) {
    const auto bytes = content(number, 1);
    last = one.appender().append(make(saga(number), 1, bytes));
  }
  ASSERT_TRUE(one.commit(last).empty());
  const auto frames = frames_of(directory()).size();
  const auto before = log.disk().reads();
  std::uint64_t seen = 0;
  std::uint64_t pieces = 0;
  for (cursor at; seen < records; ++pieces) {
    at = store().scan(at, 64, [&](const stored_record& record) { EXPECT_EQ(record.bytes, content(++seen, 1)); });
  }
  EXPECT_GT(pieces, 4 * frames);
  EXPECT_LE(log.disk().reads() - before, frames);
}

TEST_F(log_packed, a_flipped_bit_is_refused_by_name) {
  write_batches();
  put(make(saga(99), 1));
  log.close();
  const auto damaged = packed_frames().front();
  auto bytes = read_file(damaged.path);
  bytes[damaged.at + log::frame_header_bytes + 20] ^= 1;
  write_file(damaged.path, bytes);
  EXPECT_THAT(log.open(), HasSubstr(damaged.path + " at byte " + std::to_string(damaged.at) + " is damaged"));
}

TEST_F(log_packed, a_frame_that_says_it_is_longer_than_any_is_refused_before_room_is_made_for_it) {
  write_batches();
  const auto damaged_one = packed_frames().front();
  auto bytes = read_file(damaged_one.path);
  constexpr std::size_t high_byte_of_size = 35;
  bytes[damaged_one.at + high_byte_of_size] ^= 0x40;
  write_file(damaged_one.path, bytes);
  const auto why = [](const auto& read) -> std::string {
    try {
      read();
    } catch (const damaged& error) {
      return error.what();
    }
    return "nothing is refused";
  };
  EXPECT_THAT(why([&] { store().read(saga(1)); }), HasSubstr("longer than any"));
  EXPECT_THAT(why([&] { store().scan({}, 100, [](const stored_record&) {}); }), HasSubstr("longer than any"));
}

TEST_F(log_packed, a_torn_batch_is_dropped_whole) {
  write_batches();
  const memory_of_a_log before(directory());
  log.close();
  const auto torn = packed_frames().back();
  auto bytes = read_file(torn.path);
  for (std::size_t at = torn.header.bytes / 2; at < torn.header.bytes; ++at) bytes[torn.at + at] = '\0';
  write_file(torn.path, bytes);
  log.settings().accept_loss = true;
  reopen();
  EXPECT_THAT(store().opened().torn, HasSubstr(torn.path));
  std::vector<std::size_t> left;
  for (std::uint64_t number = 1; number <= sagas; ++number) left.push_back(store().read(saga(number)).size());
  EXPECT_THAT(left, Each(1U));
}

TEST_F(log_packed, a_piece_of_trimming_is_as_much_as_was_packed) {
  log.close();
  log.settings().segment_bytes = 64U << 10U;
  log.settings().checkpoint_bytes = 16U << 10U;
  log.settings().trim_piece_bytes = 16U << 10U;
  std::filesystem::remove_all(directory());
  reopen();
  std::uint64_t number = 0;
  const std::string content(400, 'x');
  constexpr int sagas_of_a_batch = 20;
  const auto fill_two_segments = [&] {
    const auto before = frames_of(directory()).back().header.sequence;
    while (frames_of(directory()).back().header.sequence < before + 2) {
      lane one(store());
      ticket last = 0;
      for (int count = 0; count < sagas_of_a_batch; ++count) {
        auto whole = make(saga(++number), 1, content);
        whole.time = first_time;
        whole.final = true;
        last = one.appender().append(whole);
      }
      ASSERT_TRUE(one.commit(last).empty());
    }
  };
  fill_two_segments();
  std::uint64_t unpacked = 0;
  for (const auto& frame : frames_of(directory())) {
    if (frame.header.sequence == 1) unpacked += std::max(frame.header.bytes, frame.header.unpacked);
  }
  ASSERT_GT(unpacked, 4 * log.settings().segment_bytes);
  fill_two_segments();
  // Nothing is freed: it is only looked at, when a checkpoint lies behind it. A piece ends with what uses it up.
  std::uint64_t pieces = 1;
  EXPECT_TRUE(eventually([&] { return store().trim(first_time); }));
  while (store().trim(first_time)) ++pieces;
  const auto batch_bytes = sagas_of_a_batch * (content.size() + log::record_header_bytes);
  EXPECT_GE(pieces, unpacked / (log.settings().trim_piece_bytes + batch_bytes));
}

TEST_F(log_packed, batches_past_what_one_frame_takes_are_several) {
  lane one(store());
  ticket last = 0;
  const std::string content(40, 'x');
  for (std::uint64_t number = 1; number <= 5'000; ++number)
    last = one.appender().append(make(saga(number), 1, content));
  ASSERT_TRUE(one.commit(last).empty());
  std::uint32_t records = 0;
  for (const auto& frame : frames_of(directory())) {
    EXPECT_LE(frame.header.unpacked, log::packed_bytes_max);
    EXPECT_LE(frame.header.records, log::records_in_frame_max);
    records += frame.header.records;
  }
  EXPECT_EQ(records, 5'000U);
  EXPECT_EQ(store().read(saga(5'000)).size(), 1U);
  reopen();
  EXPECT_EQ(scanned(), 5'000U);
}

}  // namespace
}  // namespace sagad::journal::tests
