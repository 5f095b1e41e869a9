#include <csignal>
#include <cstdlib>

#include "node_process.hpp"
#include "postgres_node.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {
namespace {

using sagad::tests::eventually;

class postgres_processes : public testing::Test {
 protected:
  postgres_processes() : schema_(postgres_server::the().fresh_schema()) {
    settings_.url = postgres_server::the().url(schema_);
    settings_.poll = std::chrono::milliseconds(20);
    settings_.lease = std::chrono::milliseconds(1'500);
  }
  ~postgres_processes() override { postgres_server::the().drop_schema(schema_); }

  static bool has(node_process& other, std::size_t count) {
    return eventually([&] { return other.ask("count") == std::to_string(count); });
  }

  std::string schema_;
  postgres::options settings_;
};

TEST_F(postgres_processes, who_is_killed_is_followed) {
  auto other = std::make_unique<node_process>(settings_.url, settings_.lease, std::chrono::seconds(0));
  ASSERT_TRUE(has(*other, partitions));
  ASSERT_EQ(other->ask("start 1 20"), "durable");
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == 128; }));
  other->signal(SIGKILL);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  EXPECT_EQ(node.taken_as(20).last_position, 1U);
  ASSERT_EQ(node.taken_as(20).live.size(), 1U);
  EXPECT_TRUE(eventually([&] { return node.store().nodes().size() == 1; })) << "he is no node any more";
  EXPECT_TRUE(eventually([&] {
    std::size_t shown = 0;
    node.store().scan(node.store().oldest(), 10, [&](const stored_record&) { ++shown; });
    return shown == 1;
  }));
}

TEST_F(postgres_processes, who_stood_still_for_longer_than_his_lease_writes_nothing_and_takes_part_again) {
  node_process other(settings_.url, settings_.lease, std::chrono::seconds(0));
  ASSERT_TRUE(has(other, partitions));
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == 128; }));
  ASSERT_TRUE(has(other, 128));
  other.signal(SIGSTOP);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  EXPECT_EQ(node.put(node.make(saga(1, 20), 1)), result::durable);
  node.keep_what_is_wanted();
  other.signal(SIGCONT);
  EXPECT_EQ(other.ask("start 2 20"), "not");
  EXPECT_EQ(other.ask("owns 20"), "no");
  EXPECT_FALSE(node.store().has(saga(2, 20)));
  EXPECT_TRUE(eventually([&] { return other.ask("lost") == "128"; }));
  EXPECT_TRUE(eventually([&] { return node.wanted_count() == 128; })) << "it is level again";
}

TEST_F(postgres_processes, a_clock_that_is_minutes_off_makes_no_difference) {
  for (const auto off_by : {std::chrono::seconds(1'200), std::chrono::seconds(-1'200)}) {
    auto other = std::make_unique<node_process>(settings_.url, settings_.lease, off_by);
    ASSERT_TRUE(has(*other, partitions));
    postgres_node node(settings_);
    ASSERT_TRUE(eventually([&] { return node.count() == 128; })) << "given, and not taken";
    ASSERT_TRUE(has(*other, 128));
    EXPECT_EQ(other->ask("lost"), "0");
    EXPECT_TRUE(node.lost_all().empty());
    constexpr millis much = 600'000;
    const auto now = node.store().now();
    EXPECT_GT(std::llabs(std::stoll(other->ask("clock")) - now), much);
    EXPECT_LT(std::llabs(std::stoll(other->ask("time")) - now), much);
    other->signal(SIGKILL);
    EXPECT_TRUE(eventually([&] { return node.count() == partitions; })) << "it is followed by the database's clock";
  }
}

}  // namespace
}  // namespace sagad::journal::tests
