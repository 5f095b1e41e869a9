#include "api/list_query.hpp"

#include <gmock/gmock.h>

#include "engine/engine.hpp"

namespace sagad::api {
namespace {

using testing::HasSubstr;
using parameters = std::vector<std::pair<std::string, std::string>>;

views::query query_of(const parameters& given) {
  auto read = read_list_query(given);
  if (const auto* bad = std::get_if<problem>(&read)) throw std::runtime_error(bad->detail);
  return std::get<views::query>(read);
}

std::string refused(const parameters& given) {
  const auto read = read_list_query(given);
  const auto* bad = std::get_if<problem>(&read);
  return bad == nullptr ? "" : bad->detail;
}

TEST(a_list_query, takes_every_parameter) {
  const auto query = query_of({{"state", "stuck,completed"},
                               {"definition", "sale@3"},
                               {"since", "2000-02-29"},
                               {"until", "2000-03-01"},
                               {"step", "pay"},
                               {"error", "timed_out"},
                               {"key", "order-1"},
                               {"starter", "shop"},
                               {"text", "card"},
                               {"limit", "1000"},
                               {"cursor", "01KB0000000000000000000000"},
                               {"after", "255-18446744073709551615"},
                               {"counts", "true"}});
  EXPECT_EQ(query.filter.states, views::only(views::shown::stuck) | views::only(views::shown::completed));
  EXPECT_EQ(query.filter.definition, "sale");
  EXPECT_EQ(query.filter.version, 3U);
  EXPECT_EQ(query.filter.until - query.filter.since, 24 * 3'600'000);
  EXPECT_EQ(query.filter.step, "pay");
  EXPECT_EQ(query.filter.error, static_cast<std::int64_t>(engine::cause::timed_out));
  EXPECT_EQ(query.filter.key, "order-1");
  EXPECT_EQ(query.filter.starter, "shop");
  EXPECT_EQ(query.filter.text, "card");
  EXPECT_EQ(query.sagas_max, 1000U);
  EXPECT_EQ(query.before, saga_id::parse("01KB0000000000000000000000"));
  EXPECT_EQ(query.after->partition, 255);
  EXPECT_EQ(query.after->position, UINT64_MAX);
  EXPECT_TRUE(query.counts);
}

TEST(a_list_query, has_its_times_in_order) {
  EXPECT_EQ(query_of({{"since", "2026-05-04T02:00:00+02:00"}, {"until", "2026-05-04T00:00:00.001Z"}}).filter.since,
            query_of({{"since", "2026-05-04"}}).filter.since);
  for (const auto* until : {"2026-05-04", "2026-05-03", "2026-05-04T01:00:00+02:00"}) {
    EXPECT_THAT(refused({{"until", until}, {"since", "2026-05-04"}}), HasSubstr("`until` is not after `since`"));
  }
}

TEST(a_list_query, alone_is_about_pages_and_a_filter_is_not) {
  const auto read = read_filter({{"state", "stuck"}, {"label.region", "eu"}, {"since", "2000-02-29"}});
  ASSERT_TRUE(std::holds_alternative<views::filter>(read));
  EXPECT_EQ(std::get<views::filter>(read).states, views::only(views::shown::stuck));
  EXPECT_EQ(std::get<views::filter>(read).labels.size(), 1U);
  for (const std::string name : {"limit", "cursor", "after", "counts"}) {
    const auto bad = read_filter({{name, "1"}});
    ASSERT_TRUE(std::holds_alternative<problem>(bad)) << name;
    EXPECT_THAT(std::get<problem>(bad).detail, HasSubstr("`" + name + "` is not known here; known are `state`,"));
    EXPECT_THAT(std::get<problem>(bad).detail, testing::Not(HasSubstr(", `" + name)));
  }
}

TEST(a_list_query, says_which_parameter_was_probably_meant) {
  EXPECT_EQ(refused({{"stat", "stuck"}}), "`stat` is not known here: did you mean `state`?");
  EXPECT_THAT(refused({{"colour", "red"}}), HasSubstr("`colour` is not known here; known are `state`, `definition`,"));
}

TEST(a_list_query, takes_labels_up_to_their_number) {
  EXPECT_THAT(query_of({{"label.region", "eu"}, {"label.a.b", "c"}}).filter.labels,
              testing::ElementsAre(testing::Pair("region", "eu"), testing::Pair("a.b", "c")));
  parameters labels(8, {"label.x", "y"});
  EXPECT_EQ(refused(labels), "");
  labels.emplace_back("label.x", "y");
  EXPECT_THAT(refused(labels), HasSubstr("at most 8"));
  EXPECT_THAT(refused({{"label.", "y"}}), HasSubstr("label.NAME"));
  EXPECT_THAT(query_of({{"label.x", ""}}).filter.labels, testing::ElementsAre(testing::Pair("x", "")));
  EXPECT_THAT(refused({{"label.x", std::string(257, 'a')}}), HasSubstr("256 bytes"));
}

TEST(a_list_query, without_parameters_wants_the_newest_of_all) {
  const auto query = query_of({});
  EXPECT_EQ(query.sagas_max, 50U);
  EXPECT_EQ(query.filter.states, 0);
  EXPECT_FALSE(query.before || query.after || query.counts);
}

TEST(a_list_query, reads_the_beginning_of_an_id_as_all_that_begin_so) {
  const auto query = query_of({{"id", "01K"}});
  EXPECT_EQ(query.filter.lowest->text(), "01K00000000000000000000000");
  EXPECT_EQ(query.filter.highest->text(), "01KZZZZZZZZZZZZZZZZZZZZZZZ");
  const auto whole = query_of({{"id", "01KB0000000000000000000000"}});
  EXPECT_EQ(whole.filter.lowest, whole.filter.highest);
}

TEST(a_list_query, knows_every_cause_by_its_name) {
  for (std::uint8_t number = 1; engine::name(static_cast<engine::cause>(number)) != "?"; ++number) {
    EXPECT_EQ(query_of({{"error", std::string(engine::name(static_cast<engine::cause>(number)))}}).filter.error,
              number);
  }
  EXPECT_EQ(query_of({{"error", "internal"}}).filter.error, views::internal_error);
  EXPECT_NE(refused({{"error", "?"}}), "");
  EXPECT_THAT(refused({{"error", "timedout"}}), HasSubstr("did you mean `timed_out`?"));
  EXPECT_THAT(refused({{"error", "internl"}}), HasSubstr("did you mean `internal`?"));
  EXPECT_THAT(refused({{"state", "stuck,pausd"}}), HasSubstr("`pausd` is none: did you mean `paused`?"));
}

TEST(a_list_query, says_what_it_does_not_know_and_how_values_are_written) {
  EXPECT_THAT(refused({{"colour", "x"}}),
              testing::AllOf(HasSubstr("`colour`"), HasSubstr("state"), HasSubstr("counts")));
  EXPECT_THAT(refused({{"limit", "1"}, {"limit", "1"}}), HasSubstr("twice"));
  EXPECT_THAT(refused({{"limit", "1001"}}), HasSubstr("1 to 1000"));
  EXPECT_THAT(refused({{"since", "2h"}}), HasSubstr("2026-05-04T10:20:30Z"));
  EXPECT_THAT(refused({{"since", "2026-05-04T10:20:30 02:00"}}), HasSubstr("%2B"));
  EXPECT_THAT(refused({{"state", "unfinished,odd"}}), HasSubstr("compensating"));
  EXPECT_EQ(refused({{"text", std::string(256, 'a')}}), "");
  EXPECT_THAT(refused({{"text", std::string(257, 'a')}}), HasSubstr("256 bytes"));
}

}  // namespace
}  // namespace sagad::api
