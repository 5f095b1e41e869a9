#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "definition/text_template.hpp"
#include "json/path_tree.hpp"

namespace sagad::definition {

namespace expression {
struct code;
}

inline constexpr std::size_t declared_labels_max = 8;
inline constexpr std::size_t label_value_bytes_max = 256;

/// Of what a label is made: an expression, compiled. Immutable; thread-safe.
class label_value {
 public:
  label_value() = default;  ///< never there
  label_value(std::shared_ptr<const expression::code> compiled, std::string source)
      : code_(std::move(compiled)), source_(std::move(source)) {}

  struct made {
    std::optional<std::string> text;   ///< none: the value is missing or null
    std::optional<std::string> fault;  ///< why there can be none
  };
  made make(slice_values values) const;

 private:
  std::shared_ptr<const expression::code> code_;
  std::string source_;  // for messages
};

/// By what a definition's sagas are found.
struct label {
  std::string name;
  bool indexed = false;  ///< the views keep an index of it
  label_value from;
};

/// What a definition declares.
struct label_set {
  std::vector<label> labels;                    ///< sorted by name
  json::path_tree slices;                       ///< of the input, by numbers of the labels' own
  std::vector<std::vector<std::string>> paths;  ///< the same by these numbers, for whoever makes an input

  bool empty() const noexcept { return labels.empty(); }
};

/// The labels that a saga is started with.
struct start_labels {
  std::string json;                  ///< an object of texts; empty: none
  std::optional<std::string> fault;  ///< why it cannot be started with them
};

/// What `declared` makes of an input, and beside it what the start brought along: an object of texts, or empty. A name
/// that is declared is the definition's alone. `input` passed json::check.
start_labels make_labels(const label_set& declared, std::string_view input, std::string_view given);

}  // namespace sagad::definition
