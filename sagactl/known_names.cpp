#include "sagactl/known_names.hpp"

#include "base/nearest.hpp"
#include "sagactl/reply.hpp"

namespace sagad::sagactl {

std::optional<std::vector<std::string>> definition_names(session& with) {
  const auto answer = ask_page(with, "/v1/definitions", "definitions");
  if (!answer.good()) return std::nullopt;
  const auto view = answer.view();
  const auto definitions = view["definitions"];
  std::vector<std::string> names;
  for (std::size_t at = 0; at < definitions.size(); ++at) names.push_back(definitions.at(at).text("name"));
  return names;
}

std::string hint_of(const std::string& word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> names(known.begin(), known.end());
  return hint(word, names);
}

std::string meant_of(const std::string& word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> names(known.begin(), known.end());
  return meant(word, names);
}

}  // namespace sagad::sagactl
