#include "api/item_splitter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sagad::api {
namespace {

using form = item_splitter::form;
using step = item_splitter::step;

struct cut {
  std::vector<std::string> items;
  step end = step::more;
  bool operator==(const cut&) const = default;
};

cut cut_up(form how, std::string_view text, std::size_t piece_bytes, std::size_t item_bytes_max = 1000) {
  item_splitter splitter(how, item_bytes_max);
  cut result;
  while (!text.empty()) {
    auto piece = text.substr(0, piece_bytes);
    text.remove_prefix(piece.size());
    step at = step::item;
    while ((at = splitter.next(piece)) == step::item) result.items.push_back(splitter.item());
    if (at != step::more) return {result.items, at};
  }
  result.end = splitter.finish();
  if (result.end == step::item) result = {result.items, step::more}, result.items.push_back(splitter.item());
  return result;
}

TEST(item_splitter, gives_the_values_of_an_array_however_they_are_cut) {
  const std::string text = R"( [ {"a":"]}\"\\","b":[1,{"c":2}]} ,"te,xt",[],{}, 12 ,true,-0.5e3,"\\"] )"
                           "\n";
  const cut expected{{R"({"a":"]}\"\\","b":[1,{"c":2}]})", R"("te,xt")", "[]", "{}", "12", "true", "-0.5e3", R"("\\")"},
                     step::more};
  for (std::size_t bytes = 1; bytes <= text.size(); ++bytes)
    EXPECT_EQ(cut_up(form::array, text, bytes), expected) << bytes;
}

TEST(item_splitter, gives_the_lines_that_are_not_blank_however_they_are_cut) {
  const std::string text = "{\"a\":1}\r\n\n  \n{\"b\":2}\n{\"c\":3}";
  const cut expected{{"{\"a\":1}\r", "{\"b\":2}", "{\"c\":3}"}, step::more};
  for (std::size_t bytes = 1; bytes <= text.size(); ++bytes)
    EXPECT_EQ(cut_up(form::lines, text, bytes), expected) << bytes;
}

TEST(item_splitter, an_empty_array_and_no_lines_are_no_items) {
  EXPECT_EQ(cut_up(form::array, " [ ] ", 1), (cut{}));
  EXPECT_EQ(cut_up(form::lines, "\n \n", 1), (cut{}));
  EXPECT_EQ(cut_up(form::lines, "", 1), (cut{}));
}

TEST(item_splitter, what_is_no_array_is_told_behind_the_items_before_it) {
  for (const auto* text : {"", "{}", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[1]]", "[1],", "5", "[{\"a\":1", "[\"a]"}) {
    EXPECT_EQ(cut_up(form::array, text, 1).end, step::bad) << text;
  }
  EXPECT_EQ(cut_up(form::array, "[1,2 3]", 100), (cut{{"1", "2"}, step::bad}));
}

TEST(item_splitter, an_item_past_the_limit_is_told_whether_it_ends_or_not) {
  const std::string at_limit = "[\"" + std::string(8, 'x') + "\"]";
  EXPECT_EQ(cut_up(form::array, at_limit, 100, 10).items.size(), 1U);
  for (std::size_t bytes : {1, 3, 100}) {
    EXPECT_EQ(cut_up(form::array, at_limit, bytes, 9).end, step::too_large);
    EXPECT_EQ(cut_up(form::array, "[\"" + std::string(100, 'x'), bytes, 9).end, step::too_large);
    EXPECT_EQ(cut_up(form::lines, "\n" + std::string(10, 'x'), bytes, 9).end, step::too_large);
    EXPECT_EQ(cut_up(form::lines, std::string(9, 'x') + "\n1", bytes, 9).items.size(), 2U);
  }
}

}  // namespace
}  // namespace sagad::api
