#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "postgres_subject.hpp"

namespace sagad::journal::tests {
namespace {

TEST(postgres_reads, of_several_sagas_come_to_some_bytes_and_are_whole) {
  postgres_subject subject;
  subject.settings().histories_bytes = 1000;
  subject.reopen();
  auto& node = subject.node();
  const std::string much(600, 'b');
  for (std::uint64_t number = 1; number <= 5; ++number) {
    const std::string bytes = number == 2 ? "" : much;
    ASSERT_EQ(node.put(node.make(saga(number), 1, bytes)), result::durable);
    ASSERT_EQ(node.put(node.make(saga(number), 2, bytes)), result::durable);
  }
  const auto sizes = [&](const std::vector<saga_id>& wanted) {
    std::vector<std::size_t> all;
    for (const auto& one : subject.store().read_many(wanted)) all.push_back(one.size());
    return all;
  };
  EXPECT_EQ(sizes({saga(1), saga(3), saga(4)}), (std::vector<std::size_t>{2}));
  EXPECT_EQ(sizes({saga(2), saga(7), saga(1), saga(3), saga(4)}), (std::vector<std::size_t>{2, 0, 2}));
  EXPECT_EQ(sizes({saga(1), saga(8), saga(9)}), (std::vector<std::size_t>{2}));
  EXPECT_EQ(sizes({saga(8), saga(9)}), (std::vector<std::size_t>{0, 0}));
}

}  // namespace
}  // namespace sagad::journal::tests
