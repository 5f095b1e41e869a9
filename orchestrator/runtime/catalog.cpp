#include "runtime/catalog.hpp"

#include <charconv>
#include <iterator>
#include <stdexcept>

#include "telemetry/log.hpp"

namespace sagad::runtime {
namespace {

std::string named(const journal::stored_definition& stored) {
  const auto name = stored.version == 0 ? "inline" : stored.name + "@" + std::to_string(stored.version);
  return "the journal's definition " + name + " (" + stored.content.hex() + ")";
}

// Null, and told, when it cannot be compiled: `fault` is why.
definition::definition_ptr compiled(const journal::stored_definition& stored, std::string& fault) {
  if (digest_of(stored.canonical) != stored.content) {
    throw std::runtime_error(named(stored) + " is not the text that it was kept by: the journal is damaged");
  }
  auto loaded = definition::load_canonical(stored.canonical);
  if (auto* good = std::get_if<definition::definition_ptr>(&loaded)) return std::move(*good);
  fault = std::move(std::get<std::vector<definition::mistake>>(loaded).front().text);
  log::error(named(stored) + " cannot be compiled by this program: its sagas are stuck by internal, and it starts " +
             "none; what it says that is not understood: " + fault);
  return nullptr;
}

sagad::problem no_such(std::string_view name_and_version) {
  return {problem_code::unknown_definition, "there is no definition `" + std::string(name_and_version) +
                                                "`: GET /v1/definitions lists them, PUT adds one"};
}

}  // namespace

catalog::catalog(journal::store& store, std::size_t definitions_max)
    : store_(store), definitions_max_(definitions_max) {
  for (const auto& stored : store.definitions()) {
    std::string fault;
    const auto& kept = by_content_.emplace(stored.content, compiled(stored, fault)).first->second;
    if (stored.version != 0) named_[stored.name][stored.version] = {kept, stored.content, std::move(fault)};
    if (stored.retired) retired_.insert(stored.name);
  }
}

bool catalog::empty() const {
  const std::lock_guard lock(guard_);
  return by_content_.empty();
}

std::variant<catalogued, sagad::problem> catalog::find(std::string_view name_and_version) const {
  const auto mark = name_and_version.find('@');
  const std::lock_guard lock(guard_);
  const auto found = named_.find(name_and_version.substr(0, mark));
  if (found == named_.end()) return no_such(name_and_version);
  auto at = std::prev(found->second.end());
  if (mark != std::string_view::npos) {
    const auto digits = name_and_version.substr(mark + 1);
    std::uint32_t version = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), version);
    const auto newest = at->first;
    const bool good = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    at = good ? found->second.find(version) : found->second.end();
    if (at == found->second.end()) {
      return sagad::problem{problem_code::unknown_definition, "there is no `" + std::string(name_and_version) +
                                                                  "`: the newest version of `" + found->first +
                                                                  "` is " + std::to_string(newest)};
    }
  }
  const bool retired = retired_.contains(found->first);
  if (at->second.compiled != nullptr) return catalogued{at->second.compiled, at->first, retired};
  return sagad::problem{retired ? problem_code::unknown_definition : problem_code::internal,
                        "the definition " + found->first + "@" + std::to_string(at->first) +
                            (retired ? " is retired, and" : "") +
                            " cannot be compiled by this program: its log, and the list of definitions, say what it "
                            "does not understand"};
}

definition::definition_ptr catalog::find(const digest& content) const {
  const std::lock_guard lock(guard_);
  const auto found = by_content_.find(content);
  return found == by_content_.end() ? nullptr : found->second;
}

std::optional<sagad::problem> catalog::why_no_room(const definition::definition& another) const {
  const std::lock_guard lock(guard_);
  if (by_content_.size() < definitions_max_ || by_content_.contains(another.content)) return std::nullopt;
  return sagad::problem{problem_code::overloaded,
                        "as many definitions are kept as may be (limits.definitions_max, " +
                            std::to_string(definitions_max_) +
                            "): start one that is there, with what differs in its input, or raise the limit"};
}

catalogued catalog::put(const definition::definition_ptr& loaded, bool inline_) {
  if (inline_) {
    if (auto known = find(loaded->content)) return {known, 0};
  }
  const auto stored = store_.put_definition(inline_ ? std::string() : loaded->name, loaded->canonical);
  const std::lock_guard lock(guard_);
  auto& kept = by_content_[loaded->content];
  if (kept == nullptr) kept = loaded;
  if (stored.version == 0) return {kept, 0};
  const bool is_new = named_[stored.name].insert_or_assign(stored.version, numbered{kept, stored.content, {}}).second;
  retired_.erase(stored.name);
  return {kept, stored.version, false, is_new};
}

std::pair<std::uint32_t, bool> catalog::would_be(const definition::definition& loaded) const {
  const std::lock_guard lock(guard_);
  const auto found = named_.find(loaded.name);
  if (found == named_.end()) return {1, true};
  const auto& [version, newest] = *std::prev(found->second.end());
  const bool same = newest.content == loaded.content;
  return {same ? version : version + 1, !same};
}

std::variant<retired_definition, sagad::problem> catalog::retire(const std::string& definition_name) {
  if (definition_name.find('@') != std::string::npos) {
    return sagad::problem{problem_code::invalid_argument,
                          "a definition is retired with all its versions: leave out what stands from `@` on"};
  }
  retired_definition newest;
  newest.name = definition_name;
  {
    const std::lock_guard lock(guard_);
    const auto found = named_.find(definition_name);
    if (found == named_.end()) return no_such(definition_name);
    const auto& [version, kept] = *std::prev(found->second.end());
    newest.version = version;
    newest.content = kept.content;
    if (kept.compiled != nullptr) newest.description = kept.compiled->description;
  }
  store_.retire_definition(definition_name);
  const std::lock_guard lock(guard_);
  retired_.insert(definition_name);
  return newest;
}

std::vector<listed_definition> catalog::all() const {
  const std::lock_guard lock(guard_);
  std::vector<listed_definition> result;
  for (const auto& [name, versions] : named_) {
    for (const auto& [version, kept] : versions) {
      result.push_back({name, version, kept.content, retired_.contains(name), kept.compiled, kept.fault});
    }
  }
  return result;
}

}  // namespace sagad::runtime
