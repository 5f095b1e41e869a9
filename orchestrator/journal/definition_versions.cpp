#include "journal/definition_versions.hpp"

#include <algorithm>
#include <utility>

namespace sagad::journal {

definition_versions::outcome definition_versions::look(const std::string& definition_name,
                                                       const std::string& canonical) const {
  stored_definition fresh{definition_name, 0, digest_of(canonical), canonical};
  if (definition_name.empty()) {
    const auto found = inline_.find(fresh.content);
    if (found != inline_.end()) return {all_[found->second], false};
    return {std::move(fresh), true};
  }
  fresh.version = 1;
  if (const auto found = newest_.find(definition_name); found != newest_.end()) {
    const auto& newest = all_[found->second];
    if (newest.content == fresh.content) return {newest, false};
    fresh.version = newest.version + 1;
  }
  return {std::move(fresh), true};
}

definition_versions::outcome definition_versions::put(const std::string& definition_name,
                                                      const std::string& canonical) {
  auto found = look(definition_name, canonical);
  if (found.fresh) restore(found.definition);
  if (retired(definition_name)) retire(definition_name, false);
  found.definition.retired = false;
  found.definition.is_new = found.fresh;
  return found;
}

bool definition_versions::retired(const std::string& definition_name) const {
  const auto found = newest_.find(definition_name);
  return found != newest_.end() && all_[found->second].retired;
}

void definition_versions::retire(const std::string& definition_name, bool retired) {
  for (auto& one : all_) {
    if (one.version != 0 && one.name == definition_name) one.retired = retired;
  }
}

void definition_versions::retire_only(const std::set<std::string>& names) {
  for (auto& one : all_) one.retired = one.version != 0 && names.contains(one.name);
}

definition_news definition_versions::after(std::size_t known) const {
  definition_news news;
  news.added.assign(all_.begin() + static_cast<std::ptrdiff_t>(std::min(known, all_.size())), all_.end());
  for (const auto& [name, at] : newest_) {
    if (all_[at].retired) news.retired.push_back(name);
  }
  return news;
}

std::uint32_t definition_versions::newest(const std::string& definition_name) const {
  const auto found = newest_.find(definition_name);
  return found == newest_.end() ? 0 : all_[found->second].version;
}

void definition_versions::restore(stored_definition definition) {
  if (definition.name.empty()) {
    inline_[definition.content] = all_.size();
  } else {
    definition.retired = retired(definition.name);
    newest_[definition.name] = all_.size();
  }
  all_.push_back(std::move(definition));
}

}  // namespace sagad::journal
