#pragma once

#include <string_view>

namespace sagad::postgresql {

/// Whether a setting names a database, and not a file.
constexpr bool is_url(std::string_view text) noexcept {
  return text.substr(0, 13) == "postgresql://" || text.substr(0, 11) == "postgres://";
}

/// Whether such a one holds a password: it would be shown with the settings, and to whoever lists processes.
constexpr bool has_password(std::string_view url) noexcept {
  const auto begin = url.find("//") + 2;
  const auto authority = url.substr(begin, url.find_first_of("/?", begin) - begin);
  const auto user = authority.substr(0, authority.rfind('@') == std::string_view::npos ? 0 : authority.rfind('@'));
  return user.find(':') != std::string_view::npos || url.find("password=", begin) != std::string_view::npos;
}

/// To whom has written one.
inline constexpr std::string_view password_advice =
    "the password is better not here, where settings are shown: write it in the file ~/.pgpass, or that which the "
    "variable PGPASSFILE names";

}  // namespace sagad::postgresql
