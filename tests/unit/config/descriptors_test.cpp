#include "config/descriptors.hpp"

#include <sys/resource.h>

#include "tests/unit/config/support.hpp"

namespace sagad::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;

settings with(std::uint32_t max_in_flight, std::size_t endpoints, std::uint64_t connections_max) {
  settings wanted;
  wanted.limits.connections_max = connections_max;
  auto& one = wanted.participants.emplace_back().called;
  one.max_in_flight = max_in_flight;
  one.endpoints.assign(endpoints, "http://127.0.0.1:1");
  return wanted;
}

// What one reactor and its process keep for themselves.
constexpr std::uint64_t own = 184;

TEST(descriptors, a_limit_that_has_room_for_all_changes_nothing) {
  const auto all = std::get<fitted>(fit_connections(with(100, 2, 1000), 1, own + 1200));
  EXPECT_EQ(all.settings.limits.connections_max, 1000U);
  EXPECT_EQ(all.notice, "");
}

TEST(descriptors, clients_get_what_participants_leave_and_the_notice_says_both_numbers) {
  const auto less = std::get<fitted>(fit_connections(with(100, 2, 1000), 1, own + 1199));
  EXPECT_EQ(less.settings.limits.connections_max, 999U);
  EXPECT_THAT(less.notice, AllOf(HasSubstr("999 instead of 1000"), HasSubstr("200 for calls"),
                                 HasSubstr("LimitNOFILE=" + std::to_string(own + 1200))));
}

TEST(descriptors, every_reactor_keeps_some_for_itself) {
  const auto one = std::get<fitted>(fit_connections(with(1, 1, 10'000), 1, 1024));
  const auto four = std::get<fitted>(fit_connections(with(1, 1, 10'000), 4, 1024));
  EXPECT_EQ(one.settings.limits.connections_max - four.settings.limits.connections_max, 3 * 24U);
}

TEST(descriptors, a_limit_that_leaves_clients_next_to_nothing_is_refused_with_what_to_do) {
  EXPECT_EQ(std::get<fitted>(fit_connections(with(100, 2, 1000), 1, own + 216)).settings.limits.connections_max, 16U);
  const auto refused = std::get<std::string>(fit_connections(with(100, 2, 1000), 1, own + 215));
  EXPECT_THAT(refused, AllOf(HasSubstr("limit of open files is " + std::to_string(own + 215)),
                             HasSubstr("ulimit -n " + std::to_string(own + 1200)), HasSubstr("max_in_flight")));
  EXPECT_EQ(std::get<fitted>(fit_connections(with(100, 2, 3), 1, own + 203)).notice, "") << "who wants few gets few";
}

TEST(descriptors, the_soft_limit_is_raised_to_the_hard_one) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lowered{64, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lowered), 0);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace sagad::config
