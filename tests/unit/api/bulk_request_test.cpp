#include "api/bulk_request.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

namespace sagad::api {
namespace {

bulk_request bulk_of(std::string_view body) {
  auto read = read_bulk(body);
  if (const auto* bad = std::get_if<problem>(&read)) throw std::runtime_error(bad->detail);
  return std::get<bulk_request>(read);
}

TEST(a_bulk_request, says_what_and_to_which) {
  const auto read =
      bulk_of(R"({"id": "night-1", "command": "skip", "step": "rate", "operation": "action", "force": true,
    "reason": "noted", "nothing_happened": true, "body": {"n": 1e999},
    "filter": {"definition": "sale@2", "state": "stuck,paused", "step": "rate", "label.shop": "north"}})");
  EXPECT_EQ(read.each.id, "night-1");
  EXPECT_EQ(read.each.name, engine::command_name::skip);
  EXPECT_EQ(read.each.step, "rate");
  EXPECT_EQ(read.each.side, "action");
  EXPECT_EQ(read.each.reason, "noted");
  EXPECT_EQ(read.each.body, R"({"n": 1e999})");
  EXPECT_TRUE(read.each.force);
  EXPECT_TRUE(read.each.nothing_happened);
  EXPECT_EQ(read.filter.definition, "sale");
  EXPECT_EQ(read.filter.version, 2U);
  EXPECT_EQ(read.filter.states, views::only(views::shown::stuck) | views::only(views::shown::paused));
  EXPECT_EQ(read.filter.step, "rate");
  ASSERT_EQ(read.filter.labels.size(), 1U);
}

TEST(a_bulk_request, is_for_unfinished_sagas) {
  EXPECT_EQ(bulk_of(R"({"command":"pause","filter":{"definition":"sale"}})").filter.states, views::unfinished);
  EXPECT_EQ(bulk_of(R"({"command":"pause","filter":{"state":"unfinished"}})").filter.states, views::unfinished);
  const auto read = read_bulk(R"({"command":"pause","filter":{"state":"unfinished,resolved"}})");
  ASSERT_TRUE(std::holds_alternative<problem>(read));
  EXPECT_THAT(std::get<problem>(read).detail, testing::HasSubstr("final"));
}

TEST(a_bulk_request, is_the_same_whatever_its_order_and_its_id) {
  const auto one = bulk_of(R"({"id":"a","command":"retry","reason":"r","filter":{"state":"stuck","step":"s"}})");
  const auto same = bulk_of(R"({ "filter": {"step":"s", "state":"stuck"}, "reason":"\u0072", "command":"retry"})");
  const auto other = bulk_of(R"({"id":"a","command":"retry","reason":"r","filter":{"state":"stuck","step":"t"}})");
  EXPECT_EQ(one.content, same.content);
  EXPECT_NE(one.content, other.content);
}

}  // namespace
}  // namespace sagad::api
