#include "views/plan.hpp"

#include <gmock/gmock.h>

#include "view_bench.hpp"

namespace sagad::views::tests {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class a_plan : public testing::Test {
 protected:
  void SetUp() override {
    journal.write(random_courses(1, 100), 1);
    filled.read(100'000);
    filled.write(now);
  }

  // How SQLite goes about each walk.
  std::vector<std::string> explained(const query& query) {
    std::vector<std::string> all;
    for (const auto& walk : plan(query, filled.file())) {
      journal::statement rows(filled.file().connection(), "EXPLAIN QUERY PLAN " + walk.sql);
      auto& text = all.emplace_back();
      while (rows.step()) text += rows.blob(3) + "\n";
    }
    return all;
  }
  void expect_one(const query& query, const std::string& index) {
    EXPECT_THAT(explained(query), testing::ElementsAre(along(index)));
  }
  static testing::Matcher<std::string> along(const std::string& index) {
    return AllOf(HasSubstr("SEARCH s USING " + index), Not(HasSubstr("SCAN")), Not(HasSubstr("B-TREE")));
  }

  written_journal journal;
  definition_source definitions = definition_of;
  projector filled{journal.store(), database::create(":memory:", journal.store().opened().identity, definitions, {})};
};

TEST_F(a_plan, without_a_filter_walks_along_the_ids) {
  expect_one({}, "PRIMARY KEY (id>? AND id<?)");
}

TEST_F(a_plan, by_time_or_id_walks_along_the_ids) {
  query wanted;
  wanted.filter.since = 1;
  wanted.filter.until = 2;
  expect_one(wanted, "PRIMARY KEY (id>? AND id<?)");
  wanted.filter.lowest = wanted.filter.highest = saga_id{};
  wanted.filter.step = "s1";
  expect_one(wanted, "PRIMARY KEY (id>? AND id<?)");
}

TEST_F(a_plan, by_definition_walks_along_its_sagas) {
  query wanted;
  wanted.filter.definition = "sale";
  expect_one(wanted, "INDEX sagas_by_name (name=? AND id>? AND id<?)");
  wanted.filter.states = only(shown::completed) | only(shown::stuck);
  expect_one(wanted, "INDEX sagas_by_name (name=? AND id>? AND id<?)");
}

TEST_F(a_plan, by_states_walks_along_each) {
  query wanted;
  wanted.filter.states = unfinished;
  EXPECT_THAT(explained(wanted), AllOf(testing::SizeIs(4), testing::Each(along("INDEX sagas_by_state (state=? AND id>? "
                                                                               "AND id<?)"))));
  wanted.filter.definition = "sale";
  EXPECT_THAT(explained(wanted),
              AllOf(testing::SizeIs(4),
                    testing::Each(along("INDEX sagas_by_name_and_state (name=? AND state=? AND id>? AND id<?)"))));
}

TEST_F(a_plan, by_step_or_error_walks_along_those_in_trouble) {
  query wanted;
  wanted.filter.states = only(shown::stuck);
  wanted.filter.error = 7;
  expect_one(wanted, "INDEX sagas_by_error (error=? AND id>? AND id<?)");
  wanted.filter.step = "s1";
  expect_one(wanted, "INDEX sagas_by_step (step=? AND id>? AND id<?)");
}

TEST_F(a_plan, by_starter_walks_along_what_was_started_by_it) {
  query wanted;
  wanted.filter.starter = "shop";
  expect_one(wanted, "INDEX sagas_by_starter (starter=? AND id>? AND id<?)");
}

TEST_F(a_plan, by_a_label_walks_along_those_that_have_its_value_and_those_whose_value_no_index_holds) {
  const auto among = [](const std::string& search) {
    return AllOf(HasSubstr("SEARCH l USING " + search), HasSubstr("SEARCH s USING PRIMARY KEY (id=?)"),
                 Not(HasSubstr("SCAN")), Not(HasSubstr("B-TREE")));
  };
  const auto indexed = AllOf(HasSubstr("SEARCH p USING PRIMARY KEY (first<?)"),
                             among("PRIMARY KEY (span=? AND name=? AND value=? AND id>? AND id<?)"));
  query wanted;
  wanted.filter.labels = {{"region", "eu-1"}};
  EXPECT_THAT(explained(wanted), testing::ElementsAre(indexed, among("PRIMARY KEY (name=? AND id>? AND id<?)")));
  wanted.filter.labels.emplace_back("channel", "web");
  EXPECT_THAT(explained(wanted), testing::ElementsAre(indexed)) << "nobody has it without an index";
  wanted.filter.states = unfinished;
  EXPECT_THAT(explained(wanted), testing::SizeIs(4)) << "few are unfinished, whatever their labels";
}

TEST_F(a_plan, of_a_definition_that_has_no_sagas_is_empty) {
  query wanted;
  wanted.filter.definition = "unheard-of";
  EXPECT_THAT(explained(wanted), testing::IsEmpty());
}

}  // namespace
}  // namespace sagad::views::tests
