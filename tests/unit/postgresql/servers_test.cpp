#include "postgresql/servers.hpp"

#include <gtest/gtest.h>

namespace sagad::postgresql {
namespace {

std::string told(const std::string& url) {
  std::string all;
  for (const auto& one : servers_of(url)) all += "[" + one.host + "|" + one.hostaddr + "|" + one.port + "]";
  return all;
}

TEST(the_servers_of_a_url, are_those_that_it_names_in_their_order) {
  EXPECT_EQ(told("postgresql://sagad@a:1,b:2/sagad?target_session_attrs=read-write"), "[a||1][b||2]");
  EXPECT_EQ(told("host=a,b,c port=7 dbname=sagad"), "[a||7][b||7][c||7]");
  EXPECT_EQ(told("postgresql://sagad@a:1,b/sagad"), "[a||1][b||5432]");
  EXPECT_EQ(told("postgresql://sagad@a,b/sagad"), "[a||5432][b||5432]");
  EXPECT_EQ(told("postgresql://sagad@/sagad?host=/run/a,/run/b"), "[/run/a||5432][/run/b||5432]");
  EXPECT_EQ(told("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=1,2"), "[a|10.0.0.1|1][b|10.0.0.2|2]");
}

TEST(the_servers_of_a_url, are_left_to_libpq_where_it_names_one_or_cannot_be_taken_apart) {
  for (const auto* url :
       {"postgresql://sagad@a:1/sagad", "postgresql:///sagad", "host=a,b port=1,2,3", "host=a,", "nonsense"}) {
    EXPECT_EQ(told(url), "[||]") << url;
  }
}

}  // namespace
}  // namespace sagad::postgresql
