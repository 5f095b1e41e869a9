#include "support.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "json/json.hpp"

namespace sagad::definition::test {

surroundings market() {
  surroundings around;
  around.participants = {{"escrow", {"/v1/", "/v2"}}, {"transfer", {}}, {"rate", {"/"}}, {"seats", {}}};
  return around;
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> definitions_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml" || entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string as_text(const std::vector<mistake>& mistakes) {
  std::string text;
  for (const auto& one : mistakes) {
    text += std::to_string(one.line) + ":" + std::to_string(one.column) + " " + one.text + "\n";
  }
  return text;
}

definition_ptr loaded_or_throw(std::string_view text, const surroundings& around) {
  auto result = load(text, around);
  if (auto* good = std::get_if<definition_ptr>(&result)) return *good;
  throw std::runtime_error(as_text(std::get<std::vector<mistake>>(result)));
}

std::string mistakes_of(std::string_view text, const surroundings& around) {
  const auto result = load(text, around);
  const auto* mistakes = std::get_if<std::vector<mistake>>(&result);
  return mistakes == nullptr ? "nothing" : as_text(*mistakes);
}

definition_ptr with_body(std::string_view body) {
  return loaded_or_throw("steps: [{step: a, participant: escrow, compensation: none, action: {post: /v1/a, body: " +
                         std::string(body) + "}}]");
}

slice_texts::slice_texts(const definition& of, std::string given_input, std::vector<std::string> given_responses)
    : input(std::move(given_input)), responses(std::move(given_responses)) {
  for (const auto& source : of.slices) {
    switch (source.from) {
      case slice_source::root::saga_id: values.push_back("\"01J0000000000000000000SAGA\""); break;
      case slice_source::root::input: values.push_back(json::slice(input, source.path)); break;
      case slice_source::root::response: values.push_back(json::slice(responses.at(source.step), source.path)); break;
    }
  }
}

std::string rendered(const text_template& what, const definition& of, const std::string& input,
                     const std::vector<std::string>& responses, std::size_t bytes_max) {
  const slice_texts texts(of, input, responses);
  std::string out;
  const auto fault = what.render(texts.values, bytes_max, out);
  return fault ? "fault: " + *fault : out;
}

}  // namespace sagad::definition::test
