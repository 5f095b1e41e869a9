#include "participants/sdk/service.hpp"

#include <utility>

#include "participants/sdk/problem.hpp"

namespace sagad::participants {

barrier::business_result done(std::string body) {
  return {.what = barrier::decision::done, .status = 200, .body = std::move(body)};
}

barrier::business_result rejected(const std::string& kind, const std::string& detail) {
  return {.what = barrier::decision::rejected, .status = 409, .body = problem_text(kind, "rejected", 409, detail)};
}

barrier::business_result accepted(std::string body) {
  return {.what = barrier::decision::accepted, .status = 202, .body = std::move(body)};
}

}  // namespace sagad::participants
