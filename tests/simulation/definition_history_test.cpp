// What nodes say of definitions is held against what was put and retired: each test shows a course of things in which
// one says what it cannot know, or no longer.
#include "tests/simulation/definition_history.hpp"
#include "tests/simulation/expect_violation.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "journal/memory/store.hpp"
#include "tests/simulation/definition_pool.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {
namespace {

constexpr unsigned here = 0;
constexpr unsigned elsewhere = 1;

/// Two nodes, each with what it knows of two versions of one name.
class definitions_of_nodes : public testing::Test {
 protected:
  definitions_of_nodes() {
    history_.knows_all(here);
    history_.knows_all(elsewhere);
  }

  void put(const definition::definition_ptr& one, unsigned node = here) {
    history_.put(node, *one, journal_.put(one, false));
  }
  void retire(unsigned node = here) { history_.retire(node, name(), journal_.retire(name())); }
  std::string name() const { return first_->name; }
  runtime::catalogued as(const definition::definition_ptr& one, std::uint32_t version) const { return {one, version}; }
  static problem refused() { return {problem_code::unknown_definition, "there is none"}; }
  void starts(unsigned node, const runtime::catalogued& by) { history_.starts_by(node, name(), by); }
  void refuses(unsigned node) { history_.starts_by(node, name(), refused()); }

  definition::definition_ptr first_ = definition_pool(1).get(1, 0);
  definition::definition_ptr second_ = definition_pool(1).get(1, 1);
  journal::memory::store store_;
  runtime::catalog journal_{store_};
  definition_history history_;
};

TEST_F(definitions_of_nodes, may_be_known_late_elsewhere_and_in_order) {
  put(first_);
  refuses(elsewhere);
  put(second_);
  starts(elsewhere, as(first_, 1));
  starts(elsewhere, as(second_, 2));
  retire();
  refuses(here);
  starts(elsewhere, as(second_, 2));
  refuses(elsewhere);
  put(first_);
  starts(elsewhere, as(first_, 3));
  history_.hold_against(here, journal_);
}

TEST_F(definitions_of_nodes, are_as_they_were_put_when_somebody_starts) {
  put(first_);
  put(second_);
  const std::string older = "a saga starts by a version that is not the newest which its node knows";
  expect_violation(older, [this] { starts(here, as(first_, 1)); });
  expect_violation(older, [this] { starts(elsewhere, as(first_, 2)); });
  starts(elsewhere, as(second_, 2));
  expect_violation(older, [this] { starts(elsewhere, as(first_, 1)); });
}

TEST_F(definitions_of_nodes, start_nothing_when_they_are_known_to_be_retired) {
  put(first_);
  history_.knows_all(elsewhere);
  retire();
  const std::string retired = "a saga starts by a name that its node knows to be retired";
  expect_violation(retired, [this] { starts(here, as(first_, 1)); });
  history_.knows_all(elsewhere);
  expect_violation(retired, [this] { starts(elsewhere, as(first_, 1)); });
}

TEST_F(definitions_of_nodes, are_not_refused_where_they_are_there) {
  put(first_);
  retire();
  put(first_);
  expect_violation("a start is refused, by a name that is there", [this] { refuses(here); });
  refuses(elsewhere);
}

TEST_F(definitions_of_nodes, are_not_known_not_to_be_there_while_the_journal_is_away) {
  put(first_);
  history_.starts_by(here, name(), problem{problem_code::overloaded, "it does not answer"});
}

TEST_F(definitions_of_nodes, are_numbered_one_after_the_other) {
  put(first_);
  expect_violation("a definition is numbered wrongly", [this] {
    history_.put(here, *second_, {second_, 1, false, true});
  });
  expect_violation("a definition is numbered wrongly", [this] {
    history_.put(here, *first_, {first_, 1, false, true});
  });
  expect_violation("a definition that is there is not retired", [this] { history_.retire(here, name(), refused()); });
}

TEST_F(definitions_of_nodes, are_what_a_saga_says_that_it_is_of) {
  put(first_);
  put(second_);
  history_.is_started(name(), 1, first_->content);
  history_.is_started(name(), 2, second_->content);
  expect_violation("a saga says that it is of another version than it is",
                   [this] { history_.is_started(name(), 1, second_->content); });
}

TEST_F(definitions_of_nodes, are_known_everywhere_at_last) {
  put(first_);
  const std::string unknown = "what has become of a definition is not known";
  journal::memory::store others;
  runtime::catalog of_another(others);
  expect_violation(unknown, [&] { history_.hold_against(elsewhere, of_another); });
  of_another.put(first_, false);
  history_.hold_against(elsewhere, of_another);
  retire();
  expect_violation(unknown, [&] { history_.hold_against(elsewhere, of_another); });
  of_another.retire(name());
  history_.hold_against(elsewhere, of_another);
  of_another.put(second_, false);
  expect_violation(unknown, [&] { history_.hold_against(elsewhere, of_another); });
}

}  // namespace
}  // namespace sagad::simulation
