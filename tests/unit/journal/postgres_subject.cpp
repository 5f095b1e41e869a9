#include "postgres_subject.hpp"

#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace sagad::journal::tests {

postgres_subject::postgres_subject() : schema_(postgres_server::the().fresh_schema()) {
  settings_.url = postgres_server::the().url(schema_);
  settings_.retention = kept;
  settings_.lease = std::chrono::milliseconds(60'000);
  settings_.append_patience = std::chrono::milliseconds(60'000);
  settings_.scan_records = 16;
  settings_.trim_records = 100;
  settings_.batch_entries_max = 500;
  reopen();
}

postgres_subject::~postgres_subject() {
  close();
  postgres_server::the().drop_schema(schema_);
}

std::string postgres_subject::open() {
  try {
    node_ = std::make_unique<postgres_node>(settings_);
  } catch (const std::runtime_error& failed) {
    return failed.what();
  }
  const bool has_all = sagad::tests::eventually([&] { return node_->count() == partitions; });
  return has_all ? "" : "it has not got all partitions";
}

// Each partition's in its own order, as they were told.
std::vector<live_saga> postgres_subject::live() {
  std::vector<live_saga> all;
  for (partition_no partition = 0; partition < partitions; ++partition) {
    const auto some = node_->taken_as(partition).live;
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
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
