#include "tests/support/fake_caller.hpp"

#include <algorithm>
#include <stdexcept>

namespace sagad::tests {

std::string header_of(std::string_view lines, std::string_view name) {
  while (!lines.empty()) {
    const auto end = lines.find("\r\n");
    if (end == std::string_view::npos) throw std::runtime_error("a header line does not end");
    const auto line = lines.substr(0, end);
    lines.remove_prefix(end + 2);
    if (line.size() > name.size() + 1 && line.substr(0, name.size()) == name && line[name.size()] == ':') {
      return std::string(line.substr(name.size() + 2));
    }
  }
  return {};
}

std::string fake_caller::begun::name() const {
  return header_of(call.headers, "Saga-Step") + '/' + header_of(call.headers, "Saga-Operation") + '#' +
         header_of(call.headers, "Saga-Attempt");
}

std::optional<dispatch::participant_no> fake_caller::find(std::string_view participant) const {
  if (participant == forgotten_) return std::nullopt;
  return dispatch::participant_no{0};
}

void fake_caller::begin(dispatch::call request) {
  open_.push_back({std::move(request), hold_new_});
  ++total_;
}

bool fake_caller::withdraw(std::uint64_t tag) {
  const auto found =
      std::find_if(open_.begin(), open_.end(), [tag](const begun& one) { return one.call.tag == tag && one.held; });
  if (found == open_.end()) return false;
  open_.erase(found);
  ++withdrawn_;
  return true;
}

dispatch::standing fake_caller::look(std::uint64_t tag) const {
  dispatch::standing result;
  for (const auto& one : open_) {
    if (one.call.tag != tag) continue;
    result.stage = one.held ? dispatch::standing::stage::held : dispatch::standing::stage::open;
    if (one.held) result.why = "no free slot";
  }
  return result;
}

std::vector<std::string> fake_caller::names() const {
  std::vector<std::string> result;
  for (const auto& one : open_) result.push_back(one.name());
  std::sort(result.begin(), result.end());
  return result;
}

bool fake_caller::has(std::string_view name) const {
  return std::any_of(open_.begin(), open_.end(), [name](const begun& one) { return one.name() == name; });
}

const fake_caller::begun& fake_caller::at(std::string_view name) const {
  for (const auto& one : open_) {
    if (one.name() == name) return one;
  }
  throw std::runtime_error("no call " + std::string(name) + " is under way");
}

dispatch::call fake_caller::take(std::string_view name) {
  const auto found = std::find_if(open_.begin(), open_.end(), [name](const begun& one) { return one.name() == name; });
  if (found == open_.end()) throw std::runtime_error("no call " + std::string(name) + " is under way");
  auto call = std::move(found->call);
  open_.erase(found);
  return call;
}

void fake_caller::let_go() {
  for (auto& one : open_) one.held = false;
}

}  // namespace sagad::tests
