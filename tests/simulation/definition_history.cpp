#include "tests/simulation/definition_history.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/probe.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {
namespace {

std::string with_version(const std::string& name, std::uint32_t version) {
  return name + "@" + std::to_string(version);
}

}  // namespace

definition_history::state definition_history::at(const std::string& name, std::size_t changes) const {
  state found;
  for (std::size_t number = 0; number < changes; ++number) {
    if (changes_[number].name == name) found = changes_[number].after;
  }
  return found;
}

void definition_history::put(unsigned node, const definition::definition& what, const runtime::catalogued& told) {
  const auto before = at(what.name, changes_.size());
  const bool fresh = before.version == 0 || before.content != what.content;
  const state after{before.version + (fresh ? 1 : 0), what.content, false};
  if (told.version != after.version || told.is_new != fresh) {
    throw violation("a definition is numbered wrongly: " + with_version(what.name, told.version));
  }
  if (after != before) changes_.push_back({what.name, after});
  knows_all(node);
}

void definition_history::retire(unsigned node, const std::string& name,
                                const std::variant<runtime::retired_definition, sagad::problem>& told) {
  auto after = at(name, changes_.size());
  const auto* retired = std::get_if<runtime::retired_definition>(&told);
  if (retired == nullptr || retired->version != after.version || retired->content != after.content) {
    throw violation("a definition that is there is not retired: " + with_version(name, after.version));
  }
  if (!std::exchange(after.retired, true)) changes_.push_back({name, after});
  knows_all(node);
}

void definition_history::knows_all(unsigned node) {
  if (node >= known_.size()) known_.resize(node + 1);
  known_[node] = changes_.size();
}

void definition_history::starts_by(unsigned node, const std::string& name,
                                   const std::variant<runtime::catalogued, sagad::problem>& found) {
  const auto* started = std::get_if<runtime::catalogued>(&found);
  // Nobody can say, as long as the journal does not answer.
  if (started == nullptr && std::get<sagad::problem>(found).code != problem_code::unknown_definition) return;
  auto known = known_.at(node);
  const auto may_say_so = [&](std::size_t changes) {
    const auto then = at(name, changes);
    const bool there = then.version != 0 && !then.retired;
    if (started == nullptr) return !there;
    return there && started->version == then.version && started->definition->content == then.content;
  };
  const auto least = known;
  while (known <= changes_.size() && !may_say_so(known)) ++known;
  if (known <= changes_.size()) {
    known_[node] = known;
    const auto now = at(name, changes_.size());
    if (started == nullptr && now.retired) SAGAD_PROBE("simulated: a start is refused, by a name that is retired");
    if (started != nullptr && now.retired) SAGAD_PROBE("simulated: a name is retired, and a node does not know it yet");
    if (started != nullptr && started->version < now.version) {
      SAGAD_PROBE("simulated: a saga starts by an older version, where the newer is not known yet");
    }
    return;
  }
  if (started == nullptr) throw violation("a start is refused, by a name that is there: " + name);
  const auto seen = with_version(name, started->version);
  if (at(name, least).retired) throw violation("a saga starts by a name that its node knows to be retired: " + seen);
  throw violation("a saga starts by a version that is not the newest which its node knows: " + seen);
}

void definition_history::is_started(const std::string& name, std::uint32_t version, const digest& content) const {
  const bool there = std::ranges::any_of(changes_, [&](const change& one) {
    return one.name == name && one.after.version == version && one.after.content == content;
  });
  if (!there) throw violation("a saga says that it is of another version than it is: " + with_version(name, version));
}

bool definition_history::has_newer(const std::string& name, std::uint32_t version) const {
  return at(name, changes_.size()).version > version;
}

void definition_history::hold_against(unsigned node, const runtime::catalog& known) const {
  std::map<std::pair<std::string, std::uint32_t>, state> left;
  for (const auto& one : changes_) left[{one.name, one.after.version}] = one.after;
  const auto missed = [node](const std::string& which) {
    return violation("what has become of a definition is not known: " + which + ", at node " + std::to_string(node));
  };
  for (const auto& one : known.all()) {
    const auto found = left.find({one.name, one.version});
    const bool same = found != left.end() && found->second.content == one.content &&
                      at(one.name, changes_.size()).retired == one.retired;
    if (!same) throw missed(with_version(one.name, one.version));
    left.erase(found);
  }
  if (left.empty()) return;
  const auto& [name, version] = left.begin()->first;
  throw missed(with_version(name, version));
}

}  // namespace sagad::simulation
