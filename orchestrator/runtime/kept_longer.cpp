#include "runtime/kept_longer.hpp"

#include <variant>

#include "records/codec.hpp"

namespace sagad::runtime {

millis kept_longer::history_of(std::string_view start) const {
  const auto decoded = records::decode(start);
  const auto* record = std::get_if<engine::record>(&decoded);
  if (record == nullptr || record->events.empty() || !definitions_) return never;
  const auto found = definitions_(record->events.front().content);
  if (found == nullptr) return never;
  const auto known = by_name_.find(found->name);
  return known == by_name_.end() ? 0 : known->second;
}

}  // namespace sagad::runtime
