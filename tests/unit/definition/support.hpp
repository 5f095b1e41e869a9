#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "definition/load.hpp"

/// What the tests of definitions share.
namespace sagad::definition::test {

/// The participants that the files under tests/data/definitions know: escrow (paths below /v1 and /v2), transfer, rate.
surroundings market();

std::string read_file(const std::filesystem::path& file);

/// The files of a folder that hold definitions, sorted.
std::vector<std::filesystem::path> definitions_in(const std::filesystem::path& folder);

/// As `line:column text`, a line each.
std::string as_text(const std::vector<mistake>& mistakes);

/// Loads, or throws what is wrong with it.
definition_ptr loaded_or_throw(std::string_view text, const surroundings& around = market());

/// What is wrong with it; `nothing` when it loads.
std::string mistakes_of(std::string_view text, const surroundings& around = market());

/// A saga of one step with this body; throws like `loaded_or_throw`.
definition_ptr with_body(std::string_view body);

/// The values of a definition's slices, taken from texts as the engine takes them. `responses` by step number.
struct slice_texts {
  slice_texts(const definition& of, std::string input, std::vector<std::string> responses);

  std::string input;
  std::vector<std::string> responses;
  std::vector<std::string_view> values;
};

/// The rendered text, or `fault: ...`.
std::string rendered(const text_template& what, const definition& of, const std::string& input,
                     const std::vector<std::string>& responses = {}, std::size_t bytes_max = 1U << 20U);

}  // namespace sagad::definition::test
