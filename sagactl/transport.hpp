#pragma once

#include "sagactl/http_message.hpp"

namespace sagad::sagactl {

/// The way to the server. One request at a time, from one thread; blocks until the answer is there or patience ends.
/// It may send a request twice when a connection breaks: whoever changes something names it by a key or an id.
class transport {
 public:
  virtual ~transport() = default;
  virtual http_answer send(const http_request& what) = 0;
};

}  // namespace sagad::sagactl
