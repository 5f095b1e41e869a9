#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "views/database.hpp"
#include "views/query.hpp"

namespace sagad::views {

/// One walk along an index, newest first: a statement and what is bound to it.
struct walk {
  std::string sql;
  struct text {
    std::string value;
  };
  struct blob {
    std::string value;
  };
  std::vector<std::variant<std::int64_t, text, blob>> bound;
};

/// Along which indexes a query's sagas are found. The walks are merged by id; whatever the filter says beside is looked
/// at row by row. Empty: there can be none.
std::vector<walk> plan(const query& query, database& file);

}  // namespace sagad::views
