#include "postgresql/advice.hpp"

#include <gmock/gmock.h>

namespace sagad::postgresql {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

TEST(advice, tells_where_a_password_is_read_from) {
  EXPECT_THAT(advice_on(connection_lost("fe_sendauth: no password supplied")), HasSubstr("~/.pgpass"));
  EXPECT_THAT(advice_on(connection_lost("FATAL:  password authentication failed for user \"sagad\"")),
              HasSubstr("PGPASSFILE"));
}

TEST(advice, tells_how_a_user_and_a_database_are_made) {
  EXPECT_THAT(advice_on(connection_lost("FATAL:  database \"sagad\" does not exist")), HasSubstr("createdb --owner"));
  EXPECT_THAT(advice_on(connection_lost("FATAL:  role \"sagad\" does not exist")), HasSubstr("createuser"));
}

TEST(advice, tells_how_the_server_that_takes_writes_is_found) {
  EXPECT_THAT(advice_on(connection_lost("ERROR:  cannot execute INSERT in a read-only transaction")),
              HasSubstr("?target_session_attrs=read-write"));
}

TEST(advice, tells_which_rights_a_user_wants) {
  EXPECT_THAT(advice_on(statement_failed("permission denied for schema public", "42501")),
              HasSubstr("GRANT USAGE, CREATE"));
  EXPECT_THAT(advice_on(statement_failed("no schema has been selected to create in", "3F000")),
              HasSubstr("GRANT USAGE, CREATE"));
  EXPECT_THAT(advice_on(statement_failed("permission denied for table sagad_meta", "42501")),
              HasSubstr("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES"));
  EXPECT_THAT(advice_on(statement_failed("must be owner of table sagad_records", "42501")),
              HasSubstr("Do it as the user who owns that"));
}

TEST(advice, of_anything_else_is_none) {
  EXPECT_THAT(advice_on(connection_lost("Connection refused")), IsEmpty());
  EXPECT_THAT(advice_on(statement_failed("division by zero", "22012")), IsEmpty());
}

}  // namespace
}  // namespace sagad::postgresql
