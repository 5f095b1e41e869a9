#include "rehearsal/text_sample.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>

#include "base/ascii.hpp"
#include "base/utf8.hpp"

namespace sagad::rehearsal {
namespace {

using schema_list = std::vector<const definition::schema_node*>;

std::string in_base_36(std::size_t number) {
  constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string out;
  for (; number != 0 || out.empty(); number /= digits.size()) out.insert(out.begin(), digits[number % digits.size()]);
  return out;
}

struct text_length {
  explicit text_length(const schema_list& schemas) {
    for (const auto* schema : schemas) {
      least = std::max(least, schema->length_min.value_or(0));
      most = std::min(most, schema->length_max.value_or(most));
    }
  }

  std::size_t least = 0;
  std::size_t most = static_cast<std::size_t>(-1);
};

bool all_fit(const schema_list& schemas, const std::string& text) {
  const auto length = characters(text);
  return std::all_of(schemas.begin(), schemas.end(), [&](const auto* schema) {
    return length >= schema->length_min.value_or(0) && length <= schema->length_max.value_or(length) &&
           (schema->format == nullptr || schema->format->fits(text)) &&
           (schema->pattern == nullptr || schema->pattern->is_in(text));
  });
}

// The name, numbered behind the first one, and as long as it has to be.
std::string plain_text(const std::string& name, std::size_t order, text_length length) {
  const auto number = order == 0 ? "" : in_base_36(order + 1);
  auto made = order == 0 || name.empty() ? name + number : name + "-" + number;
  if (characters(made) > length.most) {
    const auto kept = length.most - std::min(length.most, number.size());
    made = std::string(first_characters(name, kept)) + number;
  }
  const auto is = characters(made);
  if (is < length.least) made.append(length.least - is, 'x');
  return made;
}

// Other shapes are of other years, and end in other ways.
std::string moment(std::size_t order, std::size_t shape, text_length length) {
  constexpr std::size_t in_a_minute = 60;
  constexpr std::size_t years = 100;
  constexpr std::array<std::string_view, 3> zones = {"Z", "+00:00", "+02:00"};
  constexpr std::array<std::string_view, 3> fractions = {"", ".000", ".000000"};
  const auto two_digits = [](std::size_t number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  const auto zone = zones[shape % zones.size()];
  shape /= zones.size();
  const auto fraction = fractions[shape % fractions.size()];
  shape /= fractions.size();
  auto text = "20" + two_digits((30 + shape) % years) + "-01-01T12:" + two_digits(order / in_a_minute % in_a_minute) +
              ":" + two_digits(order % in_a_minute) + std::string(fraction);
  const auto is = text.size() + zone.size();
  if (length.least > is && fraction.empty()) text += '.';
  if (length.least > is) text.append(std::max<std::size_t>(length.least - is, 2) - (fraction.empty() ? 1 : 0), '0');
  return text.append(zone);
}

// Other shapes are of other versions, and of large letters.
std::string uuid(std::size_t order, std::size_t shape) {
  constexpr std::size_t shown = 4;
  constexpr std::size_t version_at = 14;
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "2eb8aa08-aa98-41ea-b4aa-73b441d16380";
  auto number = std::size_t{0x6380} + order;
  for (std::size_t at = 0; at < shown; ++at, number /= digits.size()) {
    text[text.size() - 1 - at] = digits[number % digits.size()];
  }
  text[version_at] = digits[(4 + shape / 2) % digits.size()];
  for (char& letter : text)
    letter = shape % 2 == 1 && is_lower(letter) ? static_cast<char>(letter - 'a' + 'A') : letter;
  return text;
}

std::string mail(std::size_t order, text_length length) {
  constexpr std::size_t label_max = 63;
  constexpr std::size_t local_max = 64;
  const auto number = order == 0 ? "" : in_base_36(order + 1);
  auto text = "ann" + number + "@example.com";
  if (text.size() > length.most) text = (order == 0 ? "a" : number) + "@b";
  auto missing = length.least - std::min(length.least, text.size());
  const auto local = std::min(missing, local_max - text.find('@'));
  text.insert(0, local, 'a');
  missing -= local;
  while (missing > 1) {
    const auto label = std::min(missing - 1, label_max);
    text += "." + std::string(label, 'x');
    missing -= label + 1;
  }
  if (missing == 1) text.insert(text.find('@') + 1, 1, 'x');
  return text;
}

std::string formatted(const definition::text_format& format, std::size_t order, std::size_t shape, text_length length) {
  for (auto text : {moment(order, shape, length), uuid(order, shape), mail(order, length)}) {
    if (format.fits(text)) return text;
  }
  return {};
}

}  // namespace

std::optional<std::string> text_sample::make(const schema_list& schemas, const std::string& name, std::size_t order,
                                             std::size_t bytes_max) {
  const text_length length(schemas);
  if (length.least > length.most || length.least > bytes_max) return std::nullopt;
  if (auto plain = plain_text(name, order, length); all_fit(schemas, plain)) return plain;
  for (const auto* schema : schemas) {
    constexpr std::size_t shapes_max = 900;
    for (std::size_t shape = 0; shape < shapes_max && schema->format != nullptr; ++shape) {
      if (auto text = formatted(*schema->format, order, shape, length); all_fit(schemas, text)) return text;
    }
  }
  for (const auto* schema : schemas) {
    if (schema->pattern == nullptr) continue;
    auto& pattern = patterns_.try_emplace(schema->pattern.get(), schema->pattern).first->second;
    const auto fits = [&](const std::string& text) { return all_fit(schemas, text); };
    if (auto text = pattern.make(length.least, length.most, order, fits)) return text;
  }
  return std::nullopt;
}

}  // namespace sagad::rehearsal
