#include <gmock/gmock.h>

#include "tests/unit/sagactl/recorded_server.hpp"

namespace sagad::sagactl::testing {
namespace {

using ::testing::HasSubstr;

TEST(participants, are_shown_with_each_endpoint) {
  recorded_server server;
  server.then(200, R"({"participants":[{"name":"rate","circuit":"open","in_flight":1,"limit":8,)"
                   R"("waiting_compensations":1,"waiting_must_succeed":2,"waiting_actions":3,"answered":4,)"
                   R"("not_sent":5,"unknown":6,"endpoints":[{"url":"http://a:1","reachable":false},)"
                   R"({"url":"http://b:1","reachable":true}]}]})");
  EXPECT_EQ(server.run({"participants"}), exit_code::ok);
  EXPECT_THAT(server.said,
              HasSubstr("http://a:1  no         open     1          8      6        4         6        5\n"));
  EXPECT_THAT(server.said, HasSubstr("             http://b:1  yes\n"));
}

TEST(participants, that_were_not_called_yet_are_not_said_to_be_reachable) {
  recorded_server server;
  server.then(200, R"({"participants":[{"name":"rate","circuit":"closed","endpoints":[{"url":"http://a:1","reachable":)"
                   R"(true}]},{"name":"pay","circuit":"closed","answered":1,"endpoints":[{"url":"http://b:1",)"
                   R"("reachable":true}]}]})");
  EXPECT_EQ(server.run({"participants"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("http://a:1  -          closed"));
  EXPECT_THAT(server.said, HasSubstr("http://b:1  yes        closed"));
}

TEST(nodes, are_shown_with_what_they_own) {
  recorded_server server;
  server.then(200,
              R"({"nodes":[{"name":"sagad, process 1 on a","address":"http://a:7070","partitions":[1,2,3],)"
              R"("reads_format":1,"silent_ms":12,"leaving":false},{"name":"sagad, process 2 on b","partitions":[],)"
              R"("reads_format":2,"silent_ms":4000,"leaving":true}]})");
  EXPECT_EQ(server.run({"nodes"}), exit_code::ok);
  EXPECT_THAT(server.said, HasSubstr("sagad, process 1 on a  http://a:7070  3           1       12 ms ago\n"));
  EXPECT_THAT(server.said,
              HasSubstr("sagad, process 2 on b                 0           2       4000 ms ago  leaving\n"));
  EXPECT_THAT(server.said, HasSubstr("253 partitions are nobody's at the moment\n"));
}

}  // namespace
}  // namespace sagad::sagactl::testing
