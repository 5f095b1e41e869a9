#pragma once

#include <string>

namespace sagad::sagactl::testing {

inline std::string problem(const std::string& name, int status, const std::string& detail,
                           const std::string& more = "") {
  return R"({"type":"urn:sagad:problem:)" + name + R"(","title":")" + name + R"(","status":)" + std::to_string(status) +
         R"(,"detail":")" + detail + "\"" + more + "}";
}

inline constexpr const char* id = "01KB0000000000000000000000";

inline const std::string running =
    R"({"id":"01KB0000000000000000000000","definition":"sale","state":"running","direction":"forward","seq":3,)"
    R"("started":"2026-11-18T11:06:30.000Z","changed":"2026-11-18T11:06:38.000Z","steps":[)"
    R"({"step":"escrow","participant":"escrow","state":"done","attempts":1},)"
    R"({"step":"transfer","participant":"transfer","state":"open","action":)"
    R"({"state":"calling","generation":1,"attempts":1,"tries":0,"since":"2026-11-18T11:06:38.000Z","in_flight":true}}]})";

inline const std::string stuck =
    R"({"id":"01KB0000000000000000000000","definition":"sale","state":"stuck","direction":"forward","seq":9,)"
    R"("started":"2026-11-18T11:06:30.000Z","changed":"2026-11-18T11:06:38.000Z","steps":[)"
    R"({"step":"settle","participant":"escrow","state":"done","attempts":1},)"
    R"({"step":"rate","participant":"rate","state":"open","action":{"state":"blocked","generation":1,"attempts":0,)"
    R"("tries":6,"since":"2026-11-18T11:06:35.000Z","blocked_by":"budget_spent","last_error":)"
    R"({"cause":"not_sent","detail":"connection refused"}}}]})";

inline const std::string completed =
    R"({"id":"01KB0000000000000000000000","definition":"sale","state":"completed","outcome":"completed",)"
    R"("direction":"forward","seq":6,"started":"2026-11-18T11:06:30.000Z","changed":"2026-11-18T11:06:39.000Z",)"
    R"("output":{"rate":{"average_price":"7.5000"}},"steps":[]})";

inline const std::string compensated =
    R"({"id":"01KB0000000000000000000000","definition":"sale","state":"compensated","outcome":"compensated",)"
    R"("direction":"backward","seq":6,"started":"2026-11-18T11:06:30.000Z","changed":"2026-11-18T11:06:39.000Z",)"
    R"("turned_back":{"cause":"rejected","step":"transfer","detail":"Only 3 are left."},"steps":[)"
    R"({"step":"escrow","participant":"escrow","state":"undone","attempts":1,"compensation_attempts":1},)"
    R"({"step":"transfer","participant":"transfer","state":"rejected","attempts":1}]})";

}  // namespace sagad::sagactl::testing
