#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core_sagas.hpp"
#include "journal/memory/cluster.hpp"
#include "runtime/catalog.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::runtime {
namespace {

definition::definition_ptr chain_with_deadline(std::size_t seconds) {
  std::string text(tests::chain);
  return tests::load_definition(text.replace(text.find("30s"), 3, std::to_string(seconds) + "s"));
}

TEST(catalogs, of_nodes_that_put_retire_find_and_learn_at_once_know_the_same_in_the_end) {
  constexpr std::size_t each = 40;
  journal::memory::cluster all({}, [] { return millis{1}; });
  std::array stores{all.open("one"), all.open("two")};
  std::array<std::unique_ptr<catalog>, 2> catalogs;
  for (std::size_t at = 0; at < 2; ++at) catalogs[at] = std::make_unique<catalog>(*stores[at]);
  std::atomic<bool> ending = false;
  std::vector<std::thread> putting;
  std::vector<std::thread> learning;
  std::atomic<std::size_t> not_found = 0;
  std::atomic<std::size_t> fresh = 0;
  for (std::size_t at = 0; at < 2; ++at) {
    putting.emplace_back([&, at] {
      for (std::size_t number = 0; number < each; ++number) {
        const auto put = catalogs[at]->put(chain_with_deadline(100 + number), number % 2 == 0);
        if (put.is_new) ++fresh;
        if (catalogs[1 - at]->find(put.definition->content) == nullptr) ++not_found;
        if (number % 8 == 7) catalogs[at]->retire("chain");
      }
    });
    learning.emplace_back([&, at] {
      while (!ending) {
        catalogs[at]->learn();
        static_cast<void>(catalogs[at]->find("chain"));
        static_cast<void>(catalogs[at]->all());
      }
    });
  }
  for (auto& one : putting) one.join();
  ending = true;
  for (auto& one : learning) one.join();
  EXPECT_EQ(not_found, 0U);
  for (const auto& one : catalogs) one->learn();
  const auto kept = stores[0]->definitions();
  const catalog opened(*stores[0]);
  const auto expected = opened.all();
  EXPECT_EQ(fresh, expected.size()) << "each version was put by one";
  for (const auto& one : catalogs) {
    const auto listed = one->all();
    ASSERT_EQ(listed.size(), expected.size());
    for (std::size_t at = 0; at < listed.size(); ++at) {
      EXPECT_EQ(listed[at].version, at + 1);
      EXPECT_EQ(listed[at].content, expected[at].content);
      EXPECT_EQ(listed[at].retired, expected[at].retired);
    }
  }
}

}  // namespace
}  // namespace sagad::runtime
