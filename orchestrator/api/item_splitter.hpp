#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sagad::api {

/// Cuts a body that comes in pieces into its items: the values of a JSON array, or the lines of NDJSON (empty ones are
/// passed over). It knows of JSON only where a value ends: each item is to be checked. Pure.
class item_splitter {
 public:
  enum class form : std::uint8_t { array, lines };
  enum class step : std::uint8_t {
    item,       ///< `item()` is the next one, until `next` is called again
    more,       ///< all of the piece is taken
    bad,        ///< what was to be an array is none, or goes on behind its end
    too_large,  ///< an item has more than item_bytes_max
  };

  item_splitter(form how, std::size_t item_bytes_max) : form_(how), item_bytes_max_(item_bytes_max) {}

  /// Takes of the front of `piece` what belongs to the next item. After `bad` or `too_large` it is over.
  step next(std::string_view& piece);
  /// The body has ended: `item` for a last line without its end, `more` when all is well, else `bad`.
  step finish();

  const std::string& item() const noexcept { return item_; }

 private:
  enum class place : std::uint8_t { before_array, before_first, before_value, in_value, behind_value, behind_array };

  step next_line(std::string_view& piece);
  step next_value(std::string_view& piece);
  bool between(char letter);
  bool begin_value(char letter);
  bool ends_behind(char letter);
  bool ends_before(char letter) const noexcept;
  bool put(std::string_view more);

  form form_;
  std::size_t item_bytes_max_;
  std::string item_;
  bool told_ = false;  ///< `item_` was given, and is to be dropped
  place at_ = place::before_array;
  std::size_t depth_ = 0;
  bool nested_ = false;  ///< the value is an object or an array
  bool in_text_ = false;
  bool escaped_ = false;
};

}  // namespace sagad::api
