#include <array>
#include <atomic>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "postgres_node.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;

namespace {

using sagad::tests::eventually;

class postgres_definitions : public testing::Test {
 protected:
  postgres_definitions() : schema_(postgres_server::the().fresh_schema()) {
    settings_.url = postgres_server::the().url(schema_);
    settings_.poll = std::chrono::milliseconds(20);
    settings_.lease = std::chrono::milliseconds(60'000);
  }
  ~postgres_definitions() override {
    // They ask in another order than it is dropped in.
    one_.reset();
    two_.reset();
    postgres_server::the().drop_schema(schema_);
  }

  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }
  void begin() {
    one_.emplace(settings_, "one");
    two_.emplace(settings_, "two");
    ASSERT_TRUE(
        eventually([&] { return one_->definitions_changed_count() > 0 && two_->definitions_changed_count() > 0; }));
  }
  /// After these rounds the nodes know only what they do or ask for.
  void begin_without_rounds() {
    settings_.poll = std::chrono::hours(1);
    begin();
  }
  static bool retired(postgres_node& node, const std::string& name) {
    const auto all = node.store().definitions_after(1'000).retired;
    return std::find(all.begin(), all.end(), name) != all.end();
  }
  using line = std::tuple<std::string, std::uint32_t, digest, bool>;
  static std::vector<line> told_by(journal::store& store) {
    std::vector<line> all;
    for (const auto& one : store.definitions()) all.emplace_back(one.name, one.version, one.content, one.retired);
    return all;
  }

  std::string schema_;
  postgres::options settings_;
  std::optional<postgres_node> one_;
  std::optional<postgres_node> two_;
};

TEST_F(postgres_definitions, of_one_node_are_told_the_others_in_a_round) {
  begin();
  const auto before = two_->definitions_changed_count();
  one_->store().put_definition("sale", "{\"a\":1}");
  ASSERT_TRUE(eventually([&] { return two_->definitions_changed_count() > before; }));
  ASSERT_EQ(two_->store().definitions_after(0).added.size(), 1U) << "whoever is told finds it";
  EXPECT_EQ(two_->store().definitions()[0].canonical, "{\"a\":1}");
  EXPECT_TRUE(two_->store().retire_definition("sale"));
  EXPECT_TRUE(eventually([&] { return retired(*one_, "sale"); }));
  one_->store().put_definition("sale", "{\"a\":1}");
  EXPECT_FALSE(retired(*one_, "sale"));
  EXPECT_TRUE(eventually([&] { return !retired(*two_, "sale"); }));
  one_->store().put_definition("", "{\"a\":1}");
  EXPECT_TRUE(eventually([&] { return two_->store().definitions().size() == 2; }));
}

TEST_F(postgres_definitions, that_change_nothing_are_told_nobody) {
  begin();
  one_->store().put_definition("sale", "{\"a\":1}");
  one_->store().put_definition("", "{\"a\":1}");
  const auto changes = ask("SELECT value FROM sagad_meta WHERE name = 'definitions'");
  one_->store().put_definition("sale", "{\"a\":1}");
  two_->store().put_definition("", "{\"a\":1}");
  two_->store().retire_definition("nobody");
  EXPECT_EQ(ask("SELECT value FROM sagad_meta WHERE name = 'definitions'"), changes);
}

TEST_F(postgres_definitions, are_found_at_once_by_who_asks) {
  begin_without_rounds();
  one_->store().put_definition("", "{\"a\":1}");
  one_->store().put_definition("sale", "{\"a\":1}");
  one_->store().retire_definition("sale");
  EXPECT_TRUE(two_->store().definitions().empty());
  EXPECT_TRUE(two_->store().look_for_definitions());
  EXPECT_EQ(two_->store().definitions().size(), 2U);
  EXPECT_TRUE(retired(*two_, "sale"));
}

TEST_F(postgres_definitions, are_put_and_retired_as_they_are_and_not_as_they_are_known) {
  begin_without_rounds();
  const auto same = [&](postgres_node& node) { return node.store().put_definition("sale", "{\"a\":1}"); };
  EXPECT_TRUE(same(*one_).is_new);
  const auto again = same(*two_);
  EXPECT_EQ(again.version, 1U);
  EXPECT_FALSE(again.is_new);
  EXPECT_TRUE(one_->store().retire_definition("sale"));
  EXPECT_FALSE(retired(*two_, "sale"));
  EXPECT_FALSE(same(*two_).retired);
  EXPECT_EQ(ask("SELECT retired FROM sagad_definitions"), "f") << "two did not know that it was";
  EXPECT_EQ(one_->store().put_definition("sale", "{\"a\":2}").version, 2U);
  const auto third = two_->store().put_definition("sale", "{\"a\":1}");
  EXPECT_EQ(third.version, 3U);
  EXPECT_TRUE(third.is_new);
  one_->store().put_definition("refund", "{}");
  EXPECT_TRUE(two_->store().retire_definition("refund"));
  EXPECT_EQ(one_->store().put_definition("", "{\"b\":1}").version, 0U);
  EXPECT_FALSE(two_->store().put_definition("", "{\"b\":1}").is_new);
  EXPECT_TRUE(two_->store().put_definition("", "{\"b\":2}").is_new);
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_definitions"), "6");
  EXPECT_EQ(ask("SELECT max(number) FROM sagad_definitions"), "6");
}

TEST_F(postgres_definitions, that_follow_a_retired_version_bring_the_name_back) {
  begin_without_rounds();
  one_->store().put_definition("sale", "{\"a\":1}");
  one_->store().retire_definition("sale");
  two_->store().put_definition("sale", "{\"a\":2}");
  EXPECT_FALSE(retired(*two_, "sale"));
  for (const auto& one : two_->store().definitions()) EXPECT_FALSE(one.retired);
  EXPECT_TRUE(one_->store().look_for_definitions());
  EXPECT_EQ(told_by(one_->store()), told_by(two_->store()));
  one_->store().retire_definition("sale");
  EXPECT_EQ(ask("SELECT count(*) FROM sagad_definitions WHERE retired"), "2");
}

TEST_F(postgres_definitions, put_and_retired_by_all_at_once_are_the_same_to_all) {
  begin();
  constexpr std::size_t each = 30;
  std::array<std::vector<stored_definition>, 4> put;
  std::vector<std::thread> threads;
  for (std::size_t at = 0; at < put.size(); ++at) {
    threads.emplace_back([&, at] {
      auto& store = (at % 2 == 0 ? *one_ : *two_).store();
      for (std::size_t number = 0; number < each; ++number) {
        // The same as the thread of the other node, or one's own.
        const auto text =
            "{\"of\":" + std::to_string(number % 3 == 0 ? at : at / 2) + ",\"n\":" + std::to_string(number) + "}";
        put.at(at).push_back(store.put_definition(number % 5 == 4 ? "" : "sale", text));
        if (number % 10 == 9) store.retire_definition("sale");
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto expected = [&] {
    auto opened = postgres::open(settings_);
    return told_by(*std::get<0>(opened));
  }();
  for (auto* node : {&*one_, &*two_}) {
    EXPECT_TRUE(eventually([&] { return told_by(node->store()) == expected; }));
  }
  std::uint32_t versions = 0;
  std::size_t inline_ones = 0;
  for (const auto& [name, version, content, retired] : expected) {
    if (version == 0) {
      ++inline_ones;
      continue;
    }
    EXPECT_EQ(version, ++versions) << "in the order in which they came";
  }
  // Each was put by one, who was told so, under the version that it has.
  std::size_t fresh = 0;
  std::set<digest> contents;
  for (const auto& all : put) {
    for (const auto& one : all) {
      fresh += one.is_new ? 1 : 0;
      EXPECT_EQ(std::count_if(expected.begin(), expected.end(),
                              [&](const line& kept) {
                                return std::get<0>(kept) == one.name && std::get<1>(kept) == one.version &&
                                       std::get<2>(kept) == one.content;
                              }),
                1);
      if (one.version == 0) contents.insert(one.content);
    }
  }
  EXPECT_EQ(fresh, expected.size());
  EXPECT_EQ(inline_ones, contents.size());
}

TEST_F(postgres_definitions, are_told_again_by_who_was_cut_off) {
  begin();
  for (int time = 1; time <= 3; ++time) {
    ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'sagad node'");
    one_->store().put_definition("sale", "{\"a\":" + std::to_string(time) + "}");
    EXPECT_TRUE(eventually([&] { return two_->store().definitions().size() == static_cast<std::size_t>(time); }));
  }
}

}  // namespace
}  // namespace sagad::journal::tests
