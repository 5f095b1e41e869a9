#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "definition/declared.hpp"
#include "definition/expression/expression.hpp"
#include "definition/graph.hpp"
#include "definition/mistakes.hpp"
#include "definition/slice_table.hpp"

namespace sagad::definition {

/// Who reads: decides which responses are surely there. A step's condition reads what its action may.
struct reader {
  enum class role : std::uint8_t { action, compensation, output, label } as = role::action;
  step_no step = 0;  ///< of an action or a compensation
};

/// Resolves the names in expressions to slices, and refuses what is not surely there when it is read. Lives while one
/// definition is compiled.
class references {
 public:
  /// What the journal keeps may read what authors may not: where nothing is there, rendering says so.
  references(const declared::saga& saga, const step_graph& graph, text_source source, slice_table& slices);

  std::variant<expression::readable, std::string> resolve(const reader& who, const expression::reference& named) const;

 private:
  std::variant<expression::readable, std::string> resolve_step(const reader& who,
                                                               const expression::reference& named) const;
  std::string likely_root(const expression::reference& named) const;
  std::string unknown_step(const expression::reference& named) const;
  std::string may_not_read(const reader& who, step_no read) const;
  std::string may_be_absent(const reader& who, step_no read) const;
  std::variant<expression::readable, std::string> number(const slice_source& source) const;
  expression::static_type type_of(const slice_source& source) const;
  std::string name(step_no step) const { return "`" + saga_.steps[step].name.text + "`"; }

  const declared::saga& saga_;
  const step_graph& graph_;
  text_source source_;
  slice_table& slices_;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, step_no> numbers_;
};

}  // namespace sagad::definition
