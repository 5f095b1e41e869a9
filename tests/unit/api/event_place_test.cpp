#include "api/event_place.hpp"

#include <gtest/gtest.h>

namespace sagad::api {
namespace {

TEST(event_places, give_back_the_place_of_a_text_that_they_wrote) {
  const event_places places(7);
  for (const event_place place : {event_place{{0}, 0}, event_place{{4711}, 64}, event_place{{UINT64_MAX}, 1}}) {
    EXPECT_EQ(places.parse(places.text(place)), place) << places.text(place);
  }
}

TEST(event_places, know_no_place_of_another_journal) {
  const auto text = event_places(7).text({{4711}, 3});
  EXPECT_FALSE(event_places(8).parse(text));
}

TEST(event_places, know_no_place_that_was_made_up_or_changed) {
  const event_places places(7);
  const auto text = places.text({{4711}, 3});
  for (auto wrong :
       {std::string(), std::string("4711"), std::string("4711.3"), std::string("4711.3."), "5" + text.substr(1),
        text + "0", text.substr(0, text.size() - 1), " " + text, places.text({{4711}, 65})}) {
    EXPECT_FALSE(places.parse(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace sagad::api
