#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sagactl/session.hpp"

namespace sagad::sagactl {

/// What `start` was given.
struct start_options {
  std::string definition;
  std::string file;
  std::string input;
  std::string key;
  std::string deadline;
  std::string wait;
  std::vector<std::string> labels;
  std::string from;        ///< a file of many inputs
  std::string key_member;  ///< of each of them
  std::size_t concurrency = 8;
};

/// `{"region":"eu"}` of `region=eu`; empty for none; nothing, and said why, for another shape.
std::optional<std::string> labels_json(session& with, const std::vector<std::string>& labels);

/// The request for a start; `labels` is an object or empty, `input` is JSON.
std::string start_body(const start_options& options, std::string_view labels, std::string_view key,
                       std::chrono::milliseconds wait, std::string_view input);

}  // namespace sagad::sagactl
