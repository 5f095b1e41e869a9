#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "definition/expression/expression.hpp"
#include "definition/text_template.hpp"

namespace sagad::definition {

/// What rendering does with one value.
enum class embedding : std::uint8_t {
  json,    ///< as a JSON value of its own
  string,  ///< inside a JSON string
  header,  ///< as it is, without control characters
  url,     ///< percent-encoded, as a path's segment or a part of one, or in a query
};

/// One piece of a compiled template.
struct template_part {
  enum class type : std::uint8_t {
    literal,        ///< `text` as it is
    expression,     ///< the value of `code`
    segment_begin,  ///< of a path's segment that has a value in it
    segment_end,    ///< where it may be neither empty nor `.` nor `..`
  };

  type is = type::literal;
  embedding as = embedding::json;
  std::string text;  ///< of an expression: its source, for messages
  expression::code code;
};

/// The pieces, in the order of the text.
struct text_template::program {
  std::vector<template_part> parts;
  std::size_t usual_bytes = 0;  ///< what most renderings have room in; where a value is long, its text grows
};

}  // namespace sagad::definition
