#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "definition/expression/value.hpp"

/// Cases of CEL's conformance tests, a JSON object each; what is left out is listed in tests/data/conformance/cel.
namespace sagad::definition::expression::test {

struct conformance_case {
  std::string id;  ///< file/section/name
  std::string json;

  std::string_view member(std::string_view name) const;  ///< raw; `data() == nullptr`: absent
  std::string text(std::string_view name) const;
};

/// All cases of all files in the folder.
std::vector<conformance_case> read_cases(const std::filesystem::path& suite);

/// What keeps the case from coming out as it should; empty: nothing does.
std::string run_case(const conformance_case& one);

/// The ids of cases that are left out, each with the reason above it.
struct left_out {
  std::string id;
  std::string reason;
};
std::vector<left_out> read_left_out();

}  // namespace sagad::definition::expression::test
