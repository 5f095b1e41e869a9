#include "definition/expression/tree.hpp"

namespace sagad::definition::expression {

std::variant<compiled, std::string> compile(std::string_view source, const resolver& resolve,
                                            const expectation& wanted) {
  try {
    const auto whole = parse_tree(source, resolve);
    if (wanted.checked) check(whole, source, wanted);
    return compiled{generate(whole), steps_present(whole)};
  } catch (mistake_in_expression& found) {
    return std::move(found.text);
  }
}

}  // namespace sagad::definition::expression
