#include <array>

#include "engine/engine.hpp"
#include "engine/slice_values.hpp"

namespace sagad::engine {

digest request::content() const noexcept {
  return digest_of_fields({method, target, body});
}

std::optional<std::string> render(const saga& saga, operation_id operation, request& out) {
  const slice_values values(saga);
  const auto* open = saga.find(operation);
  return values.render(declared(*saga.definition, operation), open != nullptr ? open->edited : std::string_view(), out);
}

}  // namespace sagad::engine
