// Definitions that other nodes put and retire.
#include <gmock/gmock.h>

#include <memory>

#include "core_sagas.hpp"
#include "journal/memory/cluster.hpp"
#include "runtime/catalog.hpp"
#include "runtime/load_saga.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/forwarding_store.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::runtime {
namespace {

/// A journal of which it is counted how often it is asked, and which may be away.
class asked_store final : public tests::forwarding_store {
 public:
  using forwarding_store::forwarding_store;
  bool look_for_definitions() override {
    ++asked;
    if (away) throw journal::unreachable("away");
    return forwarding_store::look_for_definitions();
  }
  int asked = 0;
  bool away = false;
};

/// A node, as far as definitions go: it learns when the journal tells it to.
struct knowing final : journal::ownership_listener {
  knowing(journal::memory::cluster& all, const std::string& name, const millis& now, std::size_t definitions_max = 100)
      : store(all.open(name)), definitions(asked, definitions_max, [&now] { return now; }) {
    store->join(*this, {});
  }
  void taken(journal::taken_partition) override {}
  void wanted_back(partition_no) override {}
  void lost(partition_no) override {}
  void arrived(journal::message) override {}
  void answered(journal::message_answer) override {}
  void definitions_changed() override { definitions.learn(); }

  std::unique_ptr<journal::memory::node_store> store;
  asked_store asked{*store};
  catalog definitions;
};

class shared_catalog : public testing::Test {
 protected:
  static definition::definition_ptr chain_within(std::string_view deadline) {
    std::string text(tests::chain);
    return tests::load_definition(text.replace(text.find("30s"), 3, deadline));
  }
  static catalogued known(const knowing& node, std::string_view name) {
    return std::get<catalogued>(node.definitions.find(name));
  }
  static problem_code refusal(const knowing& node, std::string_view name) {
    const auto found = node.definitions.find(name);
    const auto* none = std::get_if<sagad::problem>(&found);
    return none == nullptr ? problem_code::internal : none->code;
  }
  void round() {
    one.store->work();
    two.store->work();
  }

  millis now = 1'000'000;
  journal::memory::cluster all{{.partitions = 4}, [this] { return now; }};
  knowing one{all, "one", now};
  knowing two{all, "two", now};
};

TEST_F(shared_catalog, an_inline_one_of_another_node_is_found_at_once) {
  const auto put = one.definitions.put(chain_within("40s"), true).definition;
  const auto found = two.definitions.find(put->content);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->canonical, put->canonical);
  EXPECT_EQ(two.definitions.find(put->content), found);
  EXPECT_EQ(two.asked.asked, 1);
}

TEST_F(shared_catalog, a_content_that_nobody_has_is_asked_for_once) {
  const auto nobodys = chain_within("40s");
  for (int time = 0; time < 100; ++time) EXPECT_EQ(two.definitions.find(nobodys->content), nullptr);
  EXPECT_EQ(two.asked.asked, 1);
  const auto others = one.definitions.put(chain_within("50s"), true).definition;
  EXPECT_NE(two.definitions.find(others->content), nullptr) << "which says nothing of others";
  one.definitions.put(nobodys, true);
  EXPECT_EQ(two.definitions.find(nobodys->content), nullptr);
  round();
  EXPECT_NE(two.definitions.find(nobodys->content), nullptr) << "it was learned";
}

TEST_F(shared_catalog, names_and_versions_that_are_not_known_here_are_found_at_once) {
  one.definitions.put(chain_within("40s"), false);
  EXPECT_EQ(known(two, "chain").version, 1U);
  one.definitions.put(chain_within("50s"), false);
  EXPECT_EQ(known(two, "chain@2").version, 2U);
  EXPECT_EQ(known(two, "chain").version, 2U);
  const auto asked = two.asked.asked;
  EXPECT_EQ(refusal(two, "chain@0"), problem_code::unknown_definition);
  EXPECT_EQ(refusal(two, "chain@x"), problem_code::unknown_definition);
  EXPECT_EQ(two.asked.asked, asked) << "no such thing can have come";
}

TEST_F(shared_catalog, names_that_nobody_has_do_not_keep_the_journal_busy) {
  for (int time = 0; time < 1000; ++time) {
    EXPECT_EQ(refusal(two, "no" + std::to_string(time)), problem_code::unknown_definition);
  }
  EXPECT_GT(two.asked.asked, 5);
  EXPECT_LT(two.asked.asked, 15);
  one.definitions.put(chain_within("40s"), false);
  EXPECT_EQ(refusal(two, "chain"), problem_code::unknown_definition);
  now += 1000;
  EXPECT_EQ(known(two, "chain").version, 1U);
}

TEST_F(shared_catalog, a_flood_of_names_keeps_nobody_from_learning) {
  for (int time = 0; time < 1000; ++time) refusal(two, "no" + std::to_string(time));
  one.definitions.put(chain_within("40s"), false);
  two.store->work();
  EXPECT_EQ(known(two, "chain").version, 1U);
}

TEST_F(shared_catalog, a_newer_version_and_what_is_retired_are_learned_in_a_round) {
  one.definitions.put(chain_within("40s"), false);
  round();
  EXPECT_FALSE(known(two, "chain").retired);
  one.definitions.put(chain_within("50s"), false);
  EXPECT_EQ(known(two, "chain").version, 1U);
  round();
  EXPECT_EQ(known(two, "chain").version, 2U);
  two.definitions.retire("chain");
  EXPECT_TRUE(known(two, "chain").retired);
  EXPECT_FALSE(known(one, "chain").retired);
  round();
  EXPECT_TRUE(known(one, "chain").retired);
  EXPECT_TRUE(one.definitions.all().at(0).retired);
  EXPECT_FALSE(two.definitions.put(chain_within("50s"), false).is_new);
  EXPECT_FALSE(known(two, "chain").retired);
  round();
  EXPECT_FALSE(known(one, "chain").retired);
  EXPECT_EQ(one.asked.asked + two.asked.asked, 0);
}

TEST_F(shared_catalog, what_is_put_on_two_nodes_is_one_version_or_two) {
  EXPECT_TRUE(one.definitions.put(chain_within("40s"), false).is_new);
  const auto same = two.definitions.put(chain_within("40s"), false);
  EXPECT_EQ(same.version, 1U);
  EXPECT_FALSE(same.is_new) << "whoever knew of it";
  const auto other = two.definitions.put(chain_within("50s"), false);
  EXPECT_EQ(other.version, 2U);
  EXPECT_TRUE(other.is_new);
  round();
  for (const auto* node : {&one, &two}) {
    EXPECT_EQ(node->definitions.all().size(), 2U);
    EXPECT_EQ(known(*node, "chain").definition->content, other.definition->content);
  }
}

TEST_F(shared_catalog, a_name_of_another_node_can_be_retired_before_it_was_learned) {
  one.definitions.put(chain_within("40s"), false);
  const auto retired = std::get<retired_definition>(two.definitions.retire("chain"));
  EXPECT_EQ(retired.version, 1U);
  EXPECT_EQ(std::get<sagad::problem>(two.definitions.retire("nobody")).code, problem_code::unknown_definition);
}

TEST_F(shared_catalog, there_is_room_for_so_many_of_all_nodes) {
  knowing small(all, "small", now, 2);
  one.definitions.put(chain_within("40s"), true);
  EXPECT_FALSE(small.definitions.why_no_room(*chain_within("60s")));
  two.definitions.put(chain_within("50s"), false);
  small.store->work();
  const auto full = small.definitions.why_no_room(*chain_within("60s"));
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, problem_code::overloaded);
  EXPECT_FALSE(small.definitions.why_no_room(*chain_within("50s")));
}

TEST_F(shared_catalog, what_another_version_of_the_program_has_put_stops_nobody) {
  one.store->put_definition("chain", R"({"saga":"chain"})");
  one.definitions.put(tests::load_definition(tests::pair), false);
  two.store->work();
  EXPECT_EQ(refusal(two, "chain"), problem_code::internal);
  EXPECT_EQ(known(two, "pair").version, 1U);
  EXPECT_THAT(two.definitions.all().at(0).fault, testing::HasSubstr("needs `steps`"));
}

TEST_F(shared_catalog, an_unreachable_journal_has_perhaps_what_is_looked_for) {
  two.asked.away = true;
  EXPECT_EQ(refusal(two, "chain"), problem_code::overloaded);
  EXPECT_EQ(refusal(two, "chain"), problem_code::overloaded);
  EXPECT_EQ(two.asked.asked, 1) << "it keeps who asks waiting";
  const auto put = one.definitions.put(chain_within("40s"), true).definition;
  EXPECT_THROW(two.definitions.find(put->content), journal::unreachable);
  two.asked.away = false;
  EXPECT_NE(two.definitions.find(put->content), nullptr);
  now += 5000;
  EXPECT_EQ(refusal(two, "chain"), problem_code::unknown_definition);
}

/// Has records, and definitions that nobody was told of.
class late_store final : public tests::forwarding_store {
 public:
  using forwarding_store::forwarding_store;
  journal::definition_news definitions_after(std::size_t known) override {
    return told ? forwarding_store::definitions_after(known) : journal::definition_news();
  }
  bool look_for_definitions() override {
    if (away) throw journal::unreachable("away");
    return told = true;
  }
  bool away = true;
  bool told = false;
};

TEST(loading_a_saga, is_not_stuck_by_a_definition_that_cannot_be_asked_for) {
  tests::core_bench bench(tests::chain);
  const auto id = bench.started();
  late_store store(bench.store());
  const catalog definitions(store);
  const auto not_now = load_saga(store, definitions, id);
  ASSERT_TRUE(std::holds_alternative<sagad::problem>(not_now));
  EXPECT_EQ(std::get<sagad::problem>(not_now).code, problem_code::overloaded);
  EXPECT_TRUE(std::holds_alternative<sagad::problem>(records_as_json(store, definitions, id, {}, {0, 10})));
  store.away = false;
  EXPECT_EQ(std::get<loaded_saga>(load_saga(store, definitions, id)).broken, "");
  EXPECT_TRUE(std::holds_alternative<records_page>(records_as_json(store, definitions, id, {}, {0, 10})));
}

}  // namespace
}  // namespace sagad::runtime
