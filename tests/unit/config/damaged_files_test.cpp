#include <random>

#include "config/fields.hpp"
#include "dispatch/settings.hpp"
#include "tests/unit/config/support.hpp"

namespace sagad::config {
namespace {

std::string damaged(std::string text, std::mt19937& random) {
  using namespace std::string_view_literals;
  constexpr auto odd = "\0\n\t :-[]{}&*!|>'\"%@`#,?\x7f\xff\xc3z0"sv;
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  for (auto hits = below(4) + 1; hits != 0; --hits) {
    const auto at = below(text.size());
    const auto length = std::min(below(12) + 1, text.size() - at);
    switch (below(4)) {
      case 0: text[at] = odd[below(odd.size())]; break;
      case 1: text.insert(at, 1, odd[below(odd.size())]); break;
      case 2: text.erase(at, length); break;
      default: text.insert(below(text.size()), text.substr(at, length)); break;
    }
    if (text.empty()) text = " ";
  }
  return text;
}

// Whatever stands in the file: mistakes with their places, or settings that hold.
TEST(damaged_files, are_refused_with_a_place_or_give_settings_that_hold) {
  const temporary_folder folder;
  std::mt19937 random(20);
  const auto whole = example_of_the_reference(folder.path());
  int refused = 0;
  for (int round = 0; round < 1000; ++round) {
    const auto text = damaged(whole, random);
    const auto path = folder.write("s.yaml", text);
    const auto parsed = parse_with({"--config", path}, {{"ESCROW_AUTHORIZATION", "Bearer abc"}});
    if (const auto* end = std::get_if<exit>(&parsed)) {
      ++refused;
      ASSERT_EQ(end->code, 2) << text;
      ASSERT_NE(end->text.find(path), std::string::npos) << end->text << text;
      continue;
    }
    auto wanted = std::get<settings>(parsed);
    for (const auto& each : setting_fields()) {
      if (!is_scalar(each.about)) continue;
      const auto shown = format(each.about, each.in(wanted));
      ASSERT_EQ(assign(each.about, each.in(wanted), shown), std::nullopt) << text;
    }
    for (const auto& each : wanted.participants) {
      ASSERT_THAT(dispatch::mistakes_in(each.called), testing::IsEmpty()) << text;
    }
  }
  EXPECT_GT(refused, 300);
  EXPECT_LT(refused, 1000) << "nothing of what a person may write differently was accepted";
}

}  // namespace
}  // namespace sagad::config
