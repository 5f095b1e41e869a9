#include "participants/transfer/transfer_service.hpp"

#include "tests/unit/participants/service_bench.hpp"

namespace sagad::participants::test {
namespace {

using testing::HasSubstr;

class transfer_room : public testing::Test {
 protected:
  transfer_room() { bench.plain("POST", "/admin/items", R"([{"owner":"bob","item":"sword","quantity":3}])"); }
  barrier::answer reserve(std::int64_t quantity, int saga = 1) {
    return bench.call("/v1/reservations", saga_number(saga), "transfer",
                      R"({"item":"sword","quantity":)" + std::to_string(quantity) + R"(,"from":"bob","to":"alice"})");
  }
  barrier::answer release(int saga = 1) {
    return bench.call("/v1/reservations/release", saga_number(saga), "transfer", "null");
  }
  barrier::answer deliver(const std::string& name, int saga = 1) {
    return bench.call("/v1/reservations/deliver", saga_number(saga), "deliver", R"({"reservation":")" + name + R"("})");
  }
  std::int64_t owned(const std::string& owner) {
    auto select = bench.db.prepare("SELECT quantity FROM items WHERE owner = ? AND item = 'sword'");
    return select.bind(owner).step() ? select.integer(0) : 0;
  }

  service_bench bench{transfer_service()};
};

TEST_F(transfer_room, a_reservation_is_usable_by_nobody) {
  EXPECT_EQ(reserve(2).body, R"({"reservation":"r-1","item":"sword","quantity":2})");
  EXPECT_EQ(owned("bob"), 1);
  EXPECT_EQ(owned("alice"), 0);
  EXPECT_THAT(reserve(2, 2).body, HasSubstr("not-enough-items"));
}

TEST_F(transfer_room, delivery_gives_it_to_the_buyer_though_he_never_owned_anything) {
  reserve(2);
  EXPECT_EQ(deliver("r-1").status, 200);
  EXPECT_EQ(owned("alice"), 2);
  EXPECT_EQ(owned("bob"), 1);
}

TEST_F(transfer_room, release_gives_it_back) {
  reserve(3);
  EXPECT_EQ(release().status, 200);
  EXPECT_EQ(owned("bob"), 3);
  EXPECT_EQ(deliver("r-1").status, 409);
}

TEST_F(transfer_room, what_was_delivered_cannot_be_released) {
  reserve(1);
  deliver("r-1");
  EXPECT_THAT(release().body, HasSubstr("reservation-delivered"));
  EXPECT_EQ(owned("alice"), 1);
}

TEST_F(transfer_room, a_saga_delivers_its_own_reservations_alone) {
  reserve(1, 1);
  EXPECT_THAT(deliver("r-1", 2).body, HasSubstr("unknown-reservation"));
  EXPECT_EQ(owned("alice"), 0);
}

TEST_F(transfer_room, items_that_nobody_owns_are_rejected) {
  const auto said = bench.call("/v1/reservations", saga_number(1), "transfer",
                               R"({"item":"shield","quantity":1,"from":"bob","to":"alice"})");
  EXPECT_EQ(said.status, 409);
  EXPECT_THAT(said.body, HasSubstr("bob has 0 of shield"));
}

TEST_F(transfer_room, more_items_than_64_bits_count_are_rejected) {
  reserve(3);
  bench.db.execute("INSERT INTO items VALUES ('alice', 'sword', 9223372036854775805)");
  EXPECT_THAT(deliver("r-1").body, HasSubstr("overflow"));
  EXPECT_EQ(release().status, 200);
}

TEST_F(transfer_room, the_books_tell_every_item) {
  reserve(1, 1);
  reserve(1, 2);
  deliver("r-2", 2);
  reserve(1, 3);
  release(3);
  EXPECT_EQ(bench.plain("GET", "/admin/books").body,
            R"({"items":1,"owned":2,"reserved":1,"delivered":1,"released":1,"total":3,)"
            R"("reservations":{"reserved":1,"delivered":1,"released":1}})");
  EXPECT_EQ(bench.plain("GET", "/v1/owners/bob").body, R"({"owner":"bob","items":[{"item":"sword","quantity":1}]})");
  EXPECT_EQ(bench.plain("GET", "/v1/owners/nobody").body, R"({"owner":"nobody","items":[]})");
}

TEST_F(transfer_room, seeding_past_64_bits_is_refused) {
  EXPECT_THROW(bench.plain("POST", "/admin/items", R"([{"owner":"a","item":"x","quantity":9223372036854775807}])"),
               bad_input);
}

}  // namespace
}  // namespace sagad::participants::test
