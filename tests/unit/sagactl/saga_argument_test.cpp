#include <gmock/gmock.h>

#include "tests/unit/sagactl/recorded_server.hpp"
#include "tests/unit/sagactl/texts.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* none_listed = R"({"sagas":[]})";

std::string listed(const std::string& sagas) {
  return R"({"as_of":"2026-11-18T11:06:40.000Z","sagas":[)" + sagas + "]}";
}

TEST(saga_argument, is_an_id_or_the_key_of_a_start) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"get"}, {"explain"}, {"pause", "--any-seq"}}) {
    recorded_server server;
    server.then(200, listed(running)).then(200, running).then(200, "[]");
    auto arguments = command;
    arguments.emplace_back("order:7731");
    EXPECT_EQ(server.run(arguments), exit_code::ok) << server.complained;
    EXPECT_EQ(server.asked(0).target, "/v1/sagas?limit=2&key=order%3A7731");
    EXPECT_THAT(server.asked(1).target, HasSubstr("/v1/sagas/01KB0000000000000000000000"));
  }
}

TEST(saga_argument, is_asked_for_again_where_lists_may_be_behind) {
  recorded_server server;
  server.then(200, none_listed).then(200, listed(running)).then(200, running);
  EXPECT_EQ(server.run({"get", "order-7731"}), exit_code::ok) << server.complained;
  EXPECT_TRUE(server.all_answers_taken());
}

TEST(saga_argument, that_nobody_started_with_is_told_as_a_key) {
  recorded_server server;
  for (int looks = 0; looks < 5; ++looks) server.then(200, none_listed);
  EXPECT_EQ(server.run({"retry", "order-7731"}), exit_code::refused);
  EXPECT_EQ(server.times_asked(), 5U);
  EXPECT_THAT(server.complained, HasSubstr("no saga was started with the key order-7731\n"));
  EXPECT_THAT(server.complained, HasSubstr("an id has 26 characters"));
}

TEST(saga_argument, that_names_several_sagas_is_refused_with_their_ids) {
  recorded_server server;
  server.then(200,
              listed(running + "," + R"({"id":"01KA0000000000000000000000","definition":"gift","state":"stuck"})"));
  EXPECT_EQ(server.run({"records", "k"}), exit_code::refused);
  EXPECT_EQ(server.times_asked(), 1U);
  EXPECT_THAT(server.complained, HasSubstr("  01KB0000000000000000000000  sale, running\n"));
  EXPECT_THAT(server.complained, HasSubstr("  01KA0000000000000000000000  gift, stuck\n"));
}

TEST(saga_argument, is_refused_as_the_server_refuses_its_key) {
  recorded_server server;
  server.then(401, problem("unauthorized", 401, "send a token"));
  EXPECT_EQ(server.run({"watch", "k"}), exit_code::refused);
  EXPECT_THAT(server.complained, HasSubstr("SAGACTL_TOKEN"));
}

}  // namespace
}  // namespace sagad::sagactl::testing
