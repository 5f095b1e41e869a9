#include "postgres_subject.hpp"

namespace sagad::journal::tests {

postgres_subject::postgres_subject() : schema_(postgres_server::the().fresh_schema()) {
  settings_.url = postgres_server::the().url(schema_);
  settings_.retention = kept;
  settings_.scan_records = 16;
  settings_.trim_records = 100;
  settings_.batch_entries_max = 500;
  reopen();
}

postgres_subject::~postgres_subject() {
  close();
  ask("SET client_min_messages = warning; DROP SCHEMA " + schema_ + " CASCADE");
}

std::string postgres_subject::open() {
  auto opened = postgres::open(settings_);
  if (auto* failed = std::get_if<postgres::error>(&opened)) return failed->line;
  store_ = std::move(std::get<0>(opened));
  return {};
}

void postgres_subject::reopen() {
  close();
  const auto error = open();
  ASSERT_EQ(error, "");
}

void postgres_subject::make_room_scarce(bool scarce) {
  if (!scarce) {
    ask("DROP TRIGGER no_room ON sagad_records");
    return;
  }
  ask("CREATE OR REPLACE FUNCTION no_room() RETURNS trigger AS $$ BEGIN "
      "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$ LANGUAGE plpgsql");
  ask("CREATE TRIGGER no_room BEFORE INSERT ON sagad_records FOR EACH ROW WHEN (NEW.seq = 1) "
      "EXECUTE FUNCTION no_room()");
}

}  // namespace sagad::journal::tests
