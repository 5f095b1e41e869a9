#include "postgres_node.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;

namespace {

using sagad::tests::eventually;

/// Leases that last so long that no renewal comes by itself.
class postgres_lease : public testing::Test {
 protected:
  postgres_lease() : schema_(postgres_server::the().fresh_schema()) {
    settings_.url = postgres_server::the().url(schema_);
    settings_.retention = kept;
    settings_.poll = std::chrono::milliseconds(20);
    settings_.lease = std::chrono::minutes(30);
    settings_.append_patience = std::chrono::minutes(1);
  }
  ~postgres_lease() override { postgres_server::the().drop_schema(schema_); }

  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }
  /// As another node does: when the database's clock has jumped, say.
  void take_away(partition_no partition) {
    ask("UPDATE sagad_partitions SET epoch = epoch + 1, owner = 'another', lease_until = now() + interval '9 hours' "
        "WHERE id = " +
        std::to_string(partition));
  }
  /// From now on each renewal leaves a row in `looks`: it is one of a partition that stays.
  void note_looks(partition_no of) {
    ask("CREATE TABLE looks (by TEXT); "
        "CREATE FUNCTION note_look() RETURNS TRIGGER LANGUAGE plpgsql AS "
        "'BEGIN INSERT INTO looks VALUES (current_setting(''application_name'')); RETURN NULL; END'; "
        "CREATE TRIGGER note_look AFTER UPDATE OF lease_until ON sagad_partitions FOR EACH ROW WHEN (NEW.id = " +
        std::to_string(of) + ") EXECUTE FUNCTION note_look()");
  }

  std::string schema_;
  postgres::options settings_;
};

TEST_F(postgres_lease, an_entry_that_is_refused_for_another_owner_lets_all_be_looked_at) {
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  take_away(3);
  take_away(9);
  EXPECT_TRUE(node.store().owns(9, 1)) << "nobody has told it yet";
  EXPECT_EQ(node.put(node.make(saga(1, 3), 1)), result::not_owner);
  EXPECT_TRUE(eventually([&] { return node.lost_all() == std::vector<partition_no>({3, 9}); }));
  EXPECT_FALSE(node.store().owns(9, 1));
  EXPECT_TRUE(node.store().owns(4, 1));
}

TEST_F(postgres_lease, whoever_has_a_sign_of_another_owner_lets_them_be_looked_at) {
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  take_away(9);
  node.store().look_at_leases();
  EXPECT_TRUE(eventually([&] { return node.lost_all() == std::vector<partition_no>{9}; }));
}

TEST_F(postgres_lease, many_signs_one_after_the_other_are_not_as_many_renewals) {
  postgres_node node(settings_);
  ASSERT_TRUE(eventually([&] { return node.count() == partitions; }));
  constexpr partition_no many = 50;
  note_looks(many);
  for (partition_no partition = 0; partition < many; ++partition) {
    const auto entry = node.make(saga(1, partition), 1);
    take_away(partition);
    node.store().look_at_leases();
    EXPECT_EQ(node.put(entry), result::not_owner);
  }
  EXPECT_TRUE(eventually([&] { return ask("SELECT count(*) > 0 FROM looks") == "t"; }));
  EXPECT_LT(std::stoi(ask("SELECT count(*) FROM looks")), 10) << ask("SELECT string_agg(by, ' ') FROM looks");
  EXPECT_TRUE(eventually([&] { return node.lost_all().size() == many; })) << "each by its own entry";
  EXPECT_EQ(node.put(node.make(saga(1, many), 1)), result::durable) << "the others are as they were";
}

}  // namespace
}  // namespace sagad::journal::tests
