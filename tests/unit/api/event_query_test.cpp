#include "api/event_query.hpp"

#include <gtest/gtest.h>

#include "engine/record.hpp"

namespace sagad::api {
namespace {

using parameters = std::vector<std::pair<std::string, std::string>>;

const event_places places(7);

std::string mistake(const parameters& given) {
  const auto read = read_event_query(given, places);
  const auto* bad = std::get_if<problem>(&read);
  return bad == nullptr ? std::string() : bad->detail;
}

constexpr std::uint32_t bit(engine::fact what) {
  return 1U << static_cast<unsigned>(what);
}

TEST(event_query, without_parameters_asks_for_the_oldest_of_all) {
  const auto query = std::get<event_query>(read_event_query({}, places));
  EXPECT_FALSE(query.after);
  EXPECT_FALSE(query.from_now);
  EXPECT_EQ(query.events_max, 1000U);
  EXPECT_EQ(query.wanted.facts, 0U);
}

TEST(event_query, reads_each_of_its_parameters) {
  const auto id = saga_id::make(1'700'000'000'000, 3, 9);
  const event_place place{{12}, 2};
  const auto query = std::get<event_query>(read_event_query({{"after", places.text(place)},
                                                             {"limit", "7"},
                                                             {"definition", "sale@2"},
                                                             {"saga", id.text()},
                                                             {"event", "started,passed_over"},
                                                             {"starter", "shop"}},
                                                            places));
  EXPECT_EQ(query.after, place);
  EXPECT_EQ(query.events_max, 7U);
  EXPECT_EQ(query.wanted.definition, "sale");
  EXPECT_EQ(query.wanted.version, 2U);
  EXPECT_EQ(query.wanted.saga, id);
  EXPECT_EQ(query.wanted.facts, bit(engine::fact::started) | bit(engine::fact::passed_over));
  EXPECT_EQ(query.wanted.starter, "shop");
}

TEST(event_query, begins_behind_what_is_there_when_asked_for_now) {
  EXPECT_TRUE(std::get<event_query>(read_event_query({{"after", "now"}}, places)).from_now);
}

TEST(event_query, says_of_what_cannot_be_how_it_is_written) {
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"after", "5"},         {"after", ""},        {"limit", "0"},    {"limit", "1001"},    {"limit", "1x"},
      {"definition", ""},     {"definition", "a@"}, {"saga", "x"},     {"event", ""},        {"event", "started,"},
      {"event", "beginning"}, {"starter", ""},      {"colour", "red"}, {"definition", "@1"},
  };
  for (const auto& one : wrong) {
    EXPECT_NE(mistake({one}).find("`" + one.first + "` is "), std::string::npos) << one.first << "=" << one.second;
  }
  EXPECT_NE(mistake({{"limit", "1"}, {"limit", "1"}}).find("twice"), std::string::npos);
}

TEST(event_query, says_which_event_was_probably_meant) {
  EXPECT_NE(mistake({{"event", "started,finishd"}}).find("`finishd` is none: did you mean `finished`?"),
            std::string::npos);
  EXPECT_EQ(mistake({{"events", "started"}}), "`events` is not known here: did you mean `event`?");
  EXPECT_EQ(mistake({{"colour", "red"}}),
            "`colour` is not known here; known are `after`, `limit`, `definition`, `saga`, `event`, `starter`");
  EXPECT_NE(mistake({{"event", "nothing like it"}}).find("known are `started`, `done`"), std::string::npos);
}

TEST(event_query, knows_who_accepts_a_stream) {
  for (const auto* accept : {"text/event-stream", "Text/Event-Stream", "application/json, text/event-stream;q=0.5"}) {
    EXPECT_TRUE(accepts_stream(accept)) << accept;
  }
  for (const auto* accept : {"", "*/*", "application/json", "text/event-streams", "text/plain;x=text/event-stream"}) {
    EXPECT_FALSE(accepts_stream(accept)) << accept;
  }
}

}  // namespace
}  // namespace sagad::api
