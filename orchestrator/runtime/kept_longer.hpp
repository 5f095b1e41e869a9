#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/digest.hpp"
#include "base/moment.hpp"
#include "definition/definition.hpp"

namespace sagad::runtime {

/// How long histories of single definitions are kept, by their names. Used by one thread once it knows the definitions.
class kept_longer {
 public:
  using definition_source = std::function<definition::definition_ptr(const digest& content)>;

  explicit kept_longer(std::map<std::string, millis> by_name) : by_name_(std::move(by_name)) {}

  void know(definition_source definitions) { definitions_ = std::move(definitions); }

  /// Of the saga that began with this record; 0: as usual. `never` where the record or its definition cannot be read:
  /// nobody can say that it may go.
  millis history_of(std::string_view start) const;

 private:
  std::map<std::string, millis> by_name_;
  definition_source definitions_;
};

}  // namespace sagad::runtime
