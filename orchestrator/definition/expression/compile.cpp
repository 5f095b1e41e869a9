#include "definition/expression/tree.hpp"

namespace sagad::definition::expression {

std::variant<compiled, std::string> compile(std::string_view source, const resolver& resolve,
                                            const expectation& wanted) {
  try {
    const auto whole = parse_tree(source, resolve);
    if (wanted.checked) check(whole, source, wanted);
    compiled made{generate(whole), steps_present(whole)};
    if (wanted.checked) check_constants(whole, source, wanted.as_json);
    return made;
  } catch (mistake_in_expression& found) {
    return std::move(found.text);
  }
}

}  // namespace sagad::definition::expression
