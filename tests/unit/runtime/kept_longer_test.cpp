#include "runtime/kept_longer.hpp"

#include <gmock/gmock.h>

#include <memory>

#include "records/codec.hpp"

namespace sagad::runtime {
namespace {

digest content_of(std::uint8_t first) {
  digest content;
  content.bytes[0] = first;
  return content;
}

std::string start_of(const digest& content) {
  engine::event started;
  started.what = engine::fact::started;
  started.content = content;
  started.body = "{}";
  engine::record record;
  record.seq = 1;
  record.events.push_back(started);
  std::string bytes;
  records::encode(record, bytes, newest_record_format());
  return bytes;
}

definition::definition_ptr named(const digest& content) {
  if (content.bytes[0] == 9) return nullptr;
  auto made = std::make_shared<definition::definition>();
  made->name = content.bytes[0] == 1 ? "sale" : "ping";
  return made;
}

TEST(kept_longer, goes_by_the_name_of_the_definition_that_a_saga_began_with) {
  kept_longer rules({{"sale", 90'000}});
  rules.know(named);
  EXPECT_EQ(rules.history_of(start_of(content_of(1))), 90'000);
  EXPECT_EQ(rules.history_of(start_of(content_of(2))), 0);
}

TEST(kept_longer, what_nobody_can_read_is_kept) {
  kept_longer rules({{"sale", 90'000}});
  EXPECT_EQ(rules.history_of(start_of(content_of(1))), never) << "nothing is known yet";
  rules.know(named);
  EXPECT_EQ(rules.history_of(start_of(content_of(9))), never);
  EXPECT_EQ(rules.history_of("of another program"), never);
}

}  // namespace
}  // namespace sagad::runtime
