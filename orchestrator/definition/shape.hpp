#pragma once

#include "definition/declared.hpp"
#include "definition/mistakes.hpp"
#include "definition/node.hpp"

namespace sagad::definition {

/// What holds where an operation says nothing of its own.
struct operation_defaults {
  millis timeout_ms = 2000;
  const node* retry = nullptr;  ///< of compensatable actions
};

/// Reads the whole tree. What has a mistake has its default, so that reading can go on.
declared::saga read_shape(const node& root, mistake_list& found);

/// What comes of an operation whose budget is spent.
enum class operation_kind : std::uint8_t {
  turns_back,    ///< a compensatable action: the saga goes backward
  decides,       ///< the pivot: backward where it was never sent, else it is blocked
  must_succeed,  ///< a retriable action or a compensation: it is blocked, and asked again
};

/// Reads an action or a compensation.
declared::operation read_operation(const node& written, std::string_view what, operation_kind kind,
                                   const operation_defaults& defaults, mistake_list& found);

/// Reads a `retry` over what `into` holds.
void read_retry(const node& written, compensations::retry_policy& into, mistake_list& found);

}  // namespace sagad::definition
