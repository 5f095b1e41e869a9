#pragma once

#include <string_view>
#include <variant>

#include "base/digest.hpp"
#include "base/problem.hpp"
#include "runtime/request.hpp"
#include "views/query.hpp"

namespace sagad::api {

/// One command for many sagas.
struct bulk_request {
  runtime::command_request each;  ///< what each is told; `id` is that of the whole, empty where the body has none
  views::filter filter;           ///< which; nothing that is final
  digest content;                 ///< what equal requests have in common, whatever their ids
};

/// What the body of `POST /v1/commands` says; or what is wrong with it.
std::variant<bulk_request, problem> read_bulk(std::string_view body);

}  // namespace sagad::api
