#include "runtime/catalog.hpp"

#include <charconv>
#include <stdexcept>

namespace sagad::runtime {

catalog::catalog(journal::store& store) : store_(store) {
  for (const auto& stored : store.definitions()) {
    auto loaded = definition::load_canonical(stored.canonical);
    const auto* compiled = std::get_if<definition::definition_ptr>(&loaded);
    if (compiled == nullptr || (*compiled)->content != stored.content) {
      throw std::runtime_error("the journal's definition " + stored.name + " (" + stored.content.hex() +
                               ") cannot be read by this program");
    }
    by_content_.emplace(stored.content, *compiled);
    if (stored.version != 0) named_[stored.name][stored.version] = *compiled;
  }
}

std::optional<catalogued> catalog::find(std::string_view name_and_version) const {
  const auto mark = name_and_version.find('@');
  const std::lock_guard lock(guard_);
  const auto found = named_.find(name_and_version.substr(0, mark));
  if (found == named_.end()) return std::nullopt;
  if (mark == std::string_view::npos) {
    const auto& newest = *found->second.rbegin();
    return catalogued{newest.second, newest.first};
  }
  const auto digits = name_and_version.substr(mark + 1);
  std::uint32_t version = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return std::nullopt;
  const auto at = found->second.find(version);
  if (at == found->second.end()) return std::nullopt;
  return catalogued{at->second, version};
}

definition::definition_ptr catalog::find(const digest& content) const {
  const std::lock_guard lock(guard_);
  const auto found = by_content_.find(content);
  return found == by_content_.end() ? nullptr : found->second;
}

catalogued catalog::put(const definition::definition_ptr& loaded, bool inline_) {
  if (inline_) {
    if (auto known = find(loaded->content)) return {known, 0};
  }
  const auto stored = store_.put_definition(inline_ ? std::string() : loaded->name, loaded->canonical);
  const std::lock_guard lock(guard_);
  const auto& kept = by_content_.emplace(loaded->content, loaded).first->second;
  if (stored.version != 0) named_[stored.name][stored.version] = kept;
  return {kept, stored.version};
}

std::vector<catalogued> catalog::all() const {
  const std::lock_guard lock(guard_);
  std::vector<catalogued> result;
  for (const auto& [name, versions] : named_) {
    for (const auto& [version, compiled] : versions) result.push_back({compiled, version});
  }
  return result;
}

}  // namespace sagad::runtime
