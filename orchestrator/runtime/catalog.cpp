#include "runtime/catalog.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <stdexcept>

#include "base/probe.hpp"
#include "runtime/load_saga.hpp"
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

millis steadily() {
  using std::chrono::duration_cast, std::chrono::milliseconds;
  return duration_cast<milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Names come from clients, who may ask for any: of so many the journal is asked at once, and then of one each time.
constexpr millis asked_every = 100;
constexpr millis asked_at_once = 10 * asked_every;
// A journal that does not answer keeps a reactor waiting.
constexpr millis left_when_away = 5'000;
constexpr std::size_t missing_max = 10'000;

sagad::problem no_such(std::string_view name_and_version) {
  return {problem_code::unknown_definition, "there is no definition `" + std::string(name_and_version) +
                                                "`: GET /v1/definitions lists them, PUT adds one"};
}

}  // namespace

catalog::catalog(journal::store& store, std::size_t definitions_max, std::function<millis()> now)
    : store_(store), definitions_max_(definitions_max), now_(now ? std::move(now) : steadily) {
  take_over(true);
}

void catalog::learn() const {
  take_over(false);
}

// What is damaged is no reason to open a journal, and none to end when others have come to need it.
void catalog::take_over(bool opening) const {
  const std::lock_guard one_at_a_time(learning_);
  const auto news = store_.definitions_after(taken_);
  std::vector<numbered> compiled_ones;
  for (const auto& stored : news.added) {
    numbered one{known(stored.content).value_or(nullptr), stored.content, {}};
    try {
      if (one.compiled == nullptr) one.compiled = compiled(stored, one.fault);
    } catch (const std::runtime_error& damaged) {
      if (opening) throw;
      log::error(damaged.what());
      one.fault = damaged.what();
    }
    compiled_ones.push_back(std::move(one));
  }
  const std::lock_guard lock(guard_);
  for (std::size_t at = 0; at < compiled_ones.size(); ++at) {
    auto& one = compiled_ones[at];
    const auto& stored = news.added[at];
    auto& kept = by_content_[stored.content];
    if (kept == nullptr) kept = std::move(one.compiled);
    if (stored.version != 0) named_[stored.name][stored.version] = {kept, stored.content, std::move(one.fault)};
  }
  retired_ = {news.retired.begin(), news.retired.end()};
  taken_ += news.added.size();
}

bool catalog::empty() const {
  const std::lock_guard lock(guard_);
  return by_content_.empty();
}

std::variant<catalogued, sagad::problem> catalog::find(std::string_view name_and_version) const {
  auto found = known(name_and_version);
  if (!found.unknown) return std::move(found.what);
  if (auto why_not = ask()) return std::move(*why_not);
  return known(name_and_version).what;
}

std::variant<catalogued, sagad::problem> catalog::find_for_start(std::string_view name_and_version) const {
  auto found = find(name_and_version);
  const auto* one = std::get_if<catalogued>(&found);
  if (one == nullptr || !one->retired) return found;
  return sagad::problem{
      problem_code::unknown_definition,
      "the definition `" + one->definition->name + "` is retired: nothing is started by it until it is uploaded again"};
}

catalog::found_or_not catalog::known(std::string_view name_and_version) const {
  const auto mark = name_and_version.find('@');
  const std::lock_guard lock(guard_);
  const auto found = named_.find(name_and_version.substr(0, mark));
  if (found == named_.end()) return {no_such(name_and_version), true};
  auto at = std::prev(found->second.end());
  if (mark != std::string_view::npos) {
    const auto digits = name_and_version.substr(mark + 1);
    std::uint32_t version = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), version);
    const auto newest = at->first;
    const bool good = parsed.ec == std::errc() && parsed.ptr == digits.data() + digits.size();
    at = good ? found->second.find(version) : found->second.end();
    if (at == found->second.end()) {
      return {sagad::problem{problem_code::unknown_definition, "there is no `" + std::string(name_and_version) +
                                                                   "`: the newest version of `" + found->first +
                                                                   "` is " + std::to_string(newest)},
              good && version > newest};
    }
  }
  const bool retired = retired_.contains(found->first);
  if (at->second.compiled != nullptr) return {catalogued{at->second.compiled, at->first, retired}};
  return {sagad::problem{retired ? problem_code::unknown_definition : problem_code::internal,
                         "the definition " + found->first + "@" + std::to_string(at->first) +
                             (retired ? " is retired, and" : "") +
                             " cannot be compiled by this program: its log, and the list of definitions, say what it "
                             "does not understand"}};
}

// For a name. A problem: it cannot be known.
std::optional<sagad::problem> catalog::ask() const {
  const std::lock_guard lock(asking_);
  const auto now = now_();
  if (now < away_until_) return journal_is_away();
  if (rests_until_ - now > asked_at_once) return std::nullopt;
  rests_until_ = std::max(rests_until_, now) + asked_every;
  try {
    if (store_.look_for_definitions()) learn();
    return std::nullopt;
  } catch (const journal::unreachable&) {
    away_until_ = now_() + left_when_away;
    return journal_is_away();
  } catch (const journal::damaged& failed) {
    away_until_ = now_() + left_when_away;
    log::error(std::string("the journal cannot be asked for definitions: ") + failed.what());
    return sagad::problem{problem_code::internal, "the journal cannot be asked for definitions: its log says why"};
  }
}

std::optional<definition::definition_ptr> catalog::known(const digest& content) const {
  const std::lock_guard lock(guard_);
  const auto found = by_content_.find(content);
  return found == by_content_.end() ? std::nullopt : std::optional(found->second);
}

definition::definition_ptr catalog::find(const digest& content) const {
  if (auto here = known(content)) return std::move(*here);
  const std::lock_guard lock(asking_);
  if (auto here = known(content)) return std::move(*here);
  if (missing_.contains(content) || !store_.look_for_definitions()) return nullptr;
  learn();
  if (auto here = known(content)) {
    SAGAD_PROBE("a definition is found that another node has put");
    return std::move(*here);
  }
  if (missing_.size() >= missing_max) missing_.clear();
  missing_.insert(content);
  return nullptr;
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
    if (auto here = known(loaded->content).value_or(nullptr)) return {here, 0};
  }
  const auto stored = store_.put_definition(inline_ ? std::string() : loaded->name, loaded->canonical);
  {
    // So that it is not compiled again.
    const std::lock_guard lock(guard_);
    auto& kept = by_content_[loaded->content];
    if (kept == nullptr) kept = loaded;
  }
  learn();
  const std::lock_guard lock(guard_);
  const auto& kept = by_content_[loaded->content];
  if (stored.version == 0) return {kept, 0};
  named_[stored.name].insert_or_assign(stored.version, numbered{kept, stored.content, {}});
  return {kept, stored.version, false, stored.is_new};
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
  if (!store_.retire_definition(definition_name)) return no_such(definition_name);
  learn();
  retired_definition newest;
  newest.name = definition_name;
  const std::lock_guard lock(guard_);
  const auto& [version, kept] = *std::prev(named_.at(definition_name).end());
  newest.version = version;
  newest.content = kept.content;
  if (kept.compiled != nullptr) newest.description = kept.compiled->description;
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
