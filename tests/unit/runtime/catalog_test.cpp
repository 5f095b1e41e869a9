#include "runtime/catalog.hpp"

#include <gmock/gmock.h>

#include "core_sagas.hpp"
#include "journal/memory/store.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/load_definition.hpp"

namespace sagad::runtime {
namespace {

std::string chain_with(std::string_view deadline) {
  std::string text(tests::chain);
  return text.replace(text.find("30s"), 3, deadline);
}

catalogued known(const catalog& definitions, std::string_view name) {
  return std::get<catalogued>(definitions.find(name));
}

problem_code refusal(const catalog& definitions, std::string_view name) {
  return std::get<sagad::problem>(definitions.find(name)).code;
}

TEST(catalog, an_empty_journal_knows_no_definition) {
  journal::memory::store store;
  const catalog definitions(store);
  EXPECT_EQ(refusal(definitions, "chain"), problem_code::unknown_definition);
  EXPECT_TRUE(definitions.all().empty());
}

TEST(catalog, has_room_for_so_many_and_always_for_what_is_there) {
  journal::memory::store store;
  catalog definitions(store, 1);
  const auto first = tests::load_definition(tests::chain);
  const auto second = tests::load_definition(chain_with("40s"));
  EXPECT_FALSE(definitions.why_no_room(*first));
  definitions.put(first, true);
  EXPECT_FALSE(definitions.why_no_room(*first));
  const auto full = definitions.why_no_room(*second);
  ASSERT_TRUE(full);
  EXPECT_EQ(full->code, problem_code::overloaded);
  EXPECT_THAT(full->detail, testing::HasSubstr("limits.definitions_max, 1"));
  EXPECT_FALSE(catalog(store, 2).why_no_room(*second));
}

TEST(catalog, versions_count_from_one_and_the_newest_is_found_by_name) {
  journal::memory::store store;
  catalog definitions(store);
  const auto first = tests::load_definition(tests::chain);
  const auto second = tests::load_definition(chain_with("40s"));
  const auto added = definitions.put(first, false);
  EXPECT_EQ(added.version, 1U);
  EXPECT_TRUE(added.is_new);
  const auto again = definitions.put(first, false);
  EXPECT_EQ(again.version, 1U) << "the same content is no new version";
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(definitions.put(second, false).version, 2U);
  EXPECT_EQ(known(definitions, "chain").version, 2U);
  EXPECT_EQ(known(definitions, "chain@1").definition->content, first->content);
  EXPECT_EQ(known(definitions, "chain@2").definition->content, second->content);
  EXPECT_EQ(definitions.put(first, false).version, 3U) << "the old content again is a new newest";
  EXPECT_EQ(definitions.all().size(), 3U);
}

TEST(catalog, of_a_version_that_is_not_there_says_which_is_the_newest) {
  journal::memory::store store;
  catalog definitions(store);
  definitions.put(tests::load_definition(tests::chain), false);
  EXPECT_EQ(std::get<sagad::problem>(definitions.find("chain@7")).detail,
            "there is no `chain@7`: the newest version of `chain` is 1");
}

TEST(catalog, a_version_that_is_no_number_or_not_there_is_not_found) {
  journal::memory::store store;
  catalog definitions(store);
  definitions.put(tests::load_definition(tests::chain), false);
  for (const auto* name : {"chain@", "chain@0", "chain@2", "chain@1x", "chain@-1", "chain@01x", "chain@@1", "@1", ""}) {
    EXPECT_EQ(refusal(definitions, name), problem_code::unknown_definition) << name;
  }
}

TEST(catalog, a_retired_name_is_told_as_such_until_it_is_put_again) {
  journal::memory::store store;
  catalog definitions(store);
  const auto first = tests::load_definition(tests::chain);
  definitions.put(first, false);
  definitions.put(tests::load_definition(chain_with("40s")), false);
  EXPECT_EQ(std::get<runtime::retired_definition>(definitions.retire("chain")).version, 2U);
  EXPECT_TRUE(known(definitions, "chain@1").retired);
  EXPECT_TRUE(known(catalog(store), "chain").retired) << "also for who opens the journal next";
  EXPECT_TRUE(definitions.all().front().retired);
  EXPECT_EQ(definitions.put(tests::load_definition(chain_with("40s")), false).version, 2U);
  EXPECT_FALSE(known(definitions, "chain@1").retired);
  EXPECT_FALSE(known(catalog(store), "chain").retired);
  EXPECT_EQ(std::get<sagad::problem>(definitions.retire("nobody")).code, problem_code::unknown_definition);
  EXPECT_EQ(std::get<sagad::problem>(definitions.retire("chain@1")).code, problem_code::invalid_argument);
}

// As after a step back to an older sagad, or from one that accepted what this one does not.
TEST(catalog, a_retired_name_starts_nothing_until_it_is_put_again) {
  journal::memory::store store;
  catalog definitions(store);
  const auto first = tests::load_definition(tests::chain);
  definitions.put(first, false);
  EXPECT_EQ(std::get<catalogued>(definitions.find_for_start("chain")).definition->content, first->content);
  definitions.retire("chain");
  for (const auto* name : {"chain", "chain@1", "nobody"}) {
    const auto found = definitions.find_for_start(name);
    ASSERT_TRUE(std::holds_alternative<sagad::problem>(found)) << name;
    EXPECT_EQ(std::get<sagad::problem>(found).code, problem_code::unknown_definition);
  }
  definitions.put(first, false);
  EXPECT_EQ(std::get<catalogued>(definitions.find_for_start("chain@1")).version, 1U);
}

TEST(catalog, a_name_whose_newest_version_cannot_be_compiled_can_be_retired) {
  journal::memory::store store;
  const auto kept = store.put_definition("broken", R"({"saga":"broken"})");
  catalog definitions(store);
  EXPECT_EQ(refusal(definitions, "broken"), problem_code::internal);
  const auto retired = std::get<runtime::retired_definition>(definitions.retire("broken"));
  EXPECT_EQ(retired.name, "broken");
  EXPECT_EQ(retired.version, 1U);
  EXPECT_EQ(retired.content, kept.content);
  EXPECT_TRUE(store.definitions().front().retired);
  EXPECT_EQ(refusal(definitions, "broken"), problem_code::unknown_definition);
  EXPECT_EQ(refusal(catalog(store), "broken@1"), problem_code::unknown_definition);
}

TEST(catalog, says_what_would_become_of_a_definition_and_keeps_nothing) {
  journal::memory::store store;
  catalog definitions(store);
  const auto first = tests::load_definition(tests::chain);
  using outcome = std::pair<std::uint32_t, bool>;
  EXPECT_EQ(definitions.would_be(*first), (outcome{1, true}));
  definitions.put(first, false);
  EXPECT_EQ(definitions.would_be(*first), (outcome{1, false}));
  EXPECT_EQ(definitions.would_be(*tests::load_definition(chain_with("40s"))), (outcome{2, true}));
  EXPECT_EQ(definitions.all().size(), 1U);
}

TEST(catalog, an_inline_definition_is_found_by_content_alone_and_kept_once) {
  journal::memory::store store;
  catalog definitions(store);
  const auto inline_one = tests::load_definition(tests::chain);
  EXPECT_EQ(definitions.put(inline_one, true).version, 0U);
  EXPECT_EQ(definitions.put(tests::load_definition(tests::chain), true).definition, inline_one);
  EXPECT_EQ(refusal(definitions, "chain"), problem_code::unknown_definition);
  EXPECT_EQ(definitions.find(inline_one->content), inline_one);
  EXPECT_EQ(store.definitions().size(), 1U);
}

TEST(catalog, what_was_put_is_there_after_a_restart) {
  journal::memory::store store;
  digest named;
  digest inlined;
  {
    catalog definitions(store);
    named = definitions.put(tests::load_definition(tests::chain), false).definition->content;
    inlined = definitions.put(tests::load_definition(tests::pair), true).definition->content;
  }
  const auto reopened = store.crash();
  const catalog definitions(*reopened);
  EXPECT_EQ(known(definitions, "chain@1").definition->content, named);
  ASSERT_NE(definitions.find(inlined), nullptr);
  EXPECT_EQ(definitions.find(inlined)->steps.size(), 2U);
  EXPECT_EQ(refusal(definitions, "pair"), problem_code::unknown_definition);
}

TEST(catalog, a_kept_definition_that_does_not_compile_is_refused_by_name_and_stops_no_other) {
  journal::memory::store store;
  catalog(store).put(tests::load_definition(tests::chain), false);
  catalog(store).put(tests::load_definition(tests::pair), false);
  const auto unreadable = store.put_definition("chain", R"({"saga":"chain"})");
  const catalog definitions(store);
  EXPECT_EQ(refusal(definitions, "chain"), problem_code::internal) << "an older version is no substitute";
  EXPECT_EQ(refusal(definitions, "chain@2"), problem_code::internal);
  EXPECT_EQ(known(definitions, "chain@1").version, 1U);
  EXPECT_EQ(known(definitions, "pair").version, 1U);
  EXPECT_EQ(definitions.find(unreadable.content), nullptr);
}

TEST(catalog, versions_that_do_not_compile_are_listed_with_why) {
  journal::memory::store store;
  catalog(store).put(tests::load_definition(tests::chain), false);
  const auto unreadable = store.put_definition("chain", R"({"saga":"chain"})");
  const auto listed = catalog(store).all();
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_NE(listed[0].definition, nullptr);
  EXPECT_EQ(listed[0].fault, "");
  EXPECT_EQ(listed[1].name, "chain");
  EXPECT_EQ(listed[1].version, 2U);
  EXPECT_EQ(listed[1].content, unreadable.content);
  EXPECT_EQ(listed[1].definition, nullptr);
  EXPECT_THAT(listed[1].fault, ::testing::HasSubstr("needs `steps`"));
}

TEST(catalog, a_journal_whose_only_definition_does_not_compile_is_not_empty) {
  journal::memory::store store;
  EXPECT_TRUE(catalog(store).empty());
  store.put_definition("broken", R"({"saga":"broken"})");
  EXPECT_FALSE(catalog(store).empty());
}

}  // namespace
}  // namespace sagad::runtime
