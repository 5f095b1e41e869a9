#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "api/access.hpp"
#include "base/moment.hpp"
#include "base/problem.hpp"
#include "http/server.hpp"
#include "runtime/request.hpp"
#include "runtime/resident.hpp"

namespace sagad::api {

/// What a start names: a definition's name (`sale`, `sale@2`), or all its text.
struct named_definition {
  std::string text;
  bool whole = false;
};

/// A start with everything in its body, read: its key and its wait are its caller's to judge.
struct asked_start {
  runtime::start_request request;
  named_definition named;
  std::optional<std::string> key;
  std::optional<std::string> wait;
};

/// Reads `{"definition": ..., "input": ..., ...}`; or why the caller may not start it.
std::variant<asked_start, problem> read_start(const caller& who, std::string_view body);

/// The time that a start may wait for its saga's end; a problem where the text is no duration.
std::optional<problem> set_wait(runtime::start_request& request, std::optional<std::string_view> text, millis most);

/// What to say of a body whose `Content-Type` is another than `wanted` says.
std::string other_type(const http::request& request, std::string_view wanted);

bool json_or_unsaid(const http::request& request) noexcept;

/// Fills in by what a repetition is known; of a start without a key nothing is.
void digest_start(runtime::start_request& request, const named_definition& named);

/// A start that is refused, with further members of its answer.
struct refused_start {
  problem what;
  std::string more = {};
};
using start_outcome = std::variant<runtime::saga_answer, refused_start>;

/// Why the request does not fit its definition, which is set.
std::optional<refused_start> unfit(const runtime::start_request& request);

/// Adds the labels that the definition makes of the input, which fits it; or says why they cannot be made. What a
/// repetition is known by was taken before: it is what the client sent.
std::optional<refused_start> add_labels(runtime::start_request& request);

}  // namespace sagad::api
