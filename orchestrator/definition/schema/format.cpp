#include "definition/schema/format.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "base/ascii.hpp"

namespace sagad::definition {
namespace {

// Takes texts off the front of another one.
class scanner {
 public:
  explicit scanner(std::string_view text) noexcept : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }

  bool take(std::string_view any_of) noexcept {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // A number of exactly so many digits.
  std::optional<int> number(std::size_t digits) noexcept {
    if (rest_.size() < digits || !std::all_of(rest_.begin(), rest_.begin() + digits, is_digit)) return std::nullopt;
    int value = 0;
    for (const char digit : rest_.substr(0, digits)) value = value * 10 + (digit - '0');
    rest_.remove_prefix(digits);
    return value;
  }

  bool digits() noexcept {
    const std::size_t count = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    rest_.remove_prefix(count);
    return count > 0;
  }

 private:
  std::string_view rest_;
};

int days_in(int year, int month) noexcept {
  constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[static_cast<std::size_t>(month - 1)] + (month == 2 && leap ? 1 : 0);
}

bool date(scanner& text) noexcept {
  const auto year = text.number(4);
  if (!year || !text.take("-")) return false;
  const auto month = text.number(2);
  if (!month || *month < 1 || *month > 12 || !text.take("-")) return false;
  const auto day = text.number(2);
  return day && *day >= 1 && *day <= days_in(*year, *month);
}

// Minutes east of Greenwich.
std::optional<int> zone(scanner& text) noexcept {
  if (text.take("Zz")) return 0;
  const bool east = text.take("+");
  if (!east && !text.take("-")) return std::nullopt;
  const auto hours = text.number(2);
  if (!hours || *hours > 23 || !text.take(":")) return std::nullopt;
  const auto minutes = text.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return (east ? 1 : -1) * (*hours * 60 + *minutes);
}

bool is_date_time(std::string_view written) noexcept {
  scanner text(written);
  if (!date(text) || !text.take("Tt")) return false;
  const auto hour = text.number(2);
  if (!hour || *hour > 23 || !text.take(":")) return false;
  const auto minute = text.number(2);
  if (!minute || *minute > 59 || !text.take(":")) return false;
  const auto second = text.number(2);
  if (!second || *second > 60) return false;
  if (text.take(".") && !text.digits()) return false;
  const auto east = zone(text);
  if (!east || !text.at_end()) return false;
  // A leap second ends a day of UTC.
  constexpr int day_minutes = 24 * 60;
  const int utc = ((*hour * 60 + *minute - *east) % day_minutes + day_minutes) % day_minutes;
  return *second < 60 || utc == day_minutes - 1;
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool dash = at == 8 || at == 13 || at == 18 || at == 23;
    if (dash ? text[at] != '-' : !is_hex_digit(text[at])) return false;
  }
  return true;
}

bool is_word(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char letter) {
    return is_letter(letter) || is_digit(letter) ||
           std::string_view("!#$%&'*+-/=?^_`{|}~").find(letter) != std::string_view::npos;
  });
}

bool is_label(std::string_view text) noexcept {
  const auto fits = [](char letter) { return is_letter(letter) || is_digit(letter) || letter == '-'; };
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), fits);
}

// Whether all parts between the points are of one kind.
bool has_parts(std::string_view text, bool (*is_part)(std::string_view) noexcept) noexcept {
  while (true) {
    const std::size_t point = text.find('.');
    if (!is_part(text.substr(0, point))) return false;
    if (point == std::string_view::npos) return true;
    text.remove_prefix(point + 1);
  }
}

bool is_printable(char letter) noexcept {
  return letter >= ' ' && letter <= '~';
}

// Between quotes: anything printable, quotes and backslashes after a backslash.
bool is_quotable(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') return false;
    if (text[at] == '\\' && ++at == text.size()) return false;
    if (!is_printable(text[at])) return false;
  }
  return true;
}

bool is_byte(std::string_view text) noexcept {
  if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), is_digit)) return false;
  int value = 0;
  for (const char digit : text) value = value * 10 + (digit - '0');
  return value <= 255;
}

bool is_ipv4(std::string_view text) noexcept {
  return std::count(text.begin(), text.end(), '.') == 3 && has_parts(text, is_byte);
}

// Groups of four hexadecimal digits between colons; how many, nothing where one is none. The last may be an IPv4
// address.
std::optional<std::size_t> groups_in(std::string_view text, bool is_last) noexcept {
  std::size_t groups = 0;
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const auto group = text.substr(0, colon);
    const bool hex = !group.empty() && group.size() <= 4 && std::all_of(group.begin(), group.end(), is_hex_digit);
    if (!hex)
      return is_last && colon == std::string_view::npos && is_ipv4(group) ? std::optional(groups + 2) : std::nullopt;
    ++groups;
    if (colon == std::string_view::npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return groups;
}

// RFC 4291, 2.2: `::` stands for groups of zeros, once.
bool is_ipv6(std::string_view text) noexcept {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return groups_in(text, true) == std::size_t{8};
  const auto before = groups_in(text.substr(0, gap), false);
  const auto after = groups_in(text.substr(gap + 2), true);
  return before && after && *before + *after < 8;
}

bool is_address_literal(std::string_view text) noexcept {
  constexpr std::string_view six = "IPv6:";
  return text.substr(0, six.size()) == six ? is_ipv6(text.substr(six.size())) : is_ipv4(text);
}

bool is_email(std::string_view text) noexcept {
  constexpr std::size_t local_bytes_max = 64;
  constexpr std::size_t domain_bytes_max = 255;
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return false;
  const auto local = text.substr(0, at);
  const auto domain = text.substr(at + 1);
  if (local.size() > local_bytes_max || domain.size() > domain_bytes_max) return false;
  const bool quotes = local.size() > 1 && local.front() == '"' && local.back() == '"';
  if (!(quotes ? is_quotable(local.substr(1, local.size() - 2)) : has_parts(local, is_word))) return false;
  const bool brackets = domain.size() > 1 && domain.front() == '[' && domain.back() == ']';
  return brackets ? is_address_literal(domain.substr(1, domain.size() - 2)) : has_parts(domain, is_label);
}

constexpr std::array<text_format, 3> formats = {{
    {"date-time", "a date and time, as in 2024-12-31T23:59:59Z", is_date_time},
    {"uuid", "a UUID, as in 2eb8aa08-aa98-11ea-b4aa-73b441d16380", is_uuid},
    {"email", "an e-mail address, as in ann@example.com", is_email},
}};

}  // namespace

std::span<const text_format> text_formats() noexcept {
  return formats;
}

}  // namespace sagad::definition
