#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/participants/participant_wire.hpp"
#include "tests/integration/participants/running_participant.hpp"

namespace sagad::participants::test {

/// An escrow with two accounts, as a process.
class escrow_process : public testing::Test {
 protected:
  escrow_process() { restart(); }

  void restart(std::vector<std::string> more = {}) {
    const bool first = !running;
    running.reset();
    running = std::make_unique<running_participant>("escrow", folder.path("escrow.db"), std::move(more));
    if (first) {
      ask(port(), "POST", "/admin/accounts", R"([{"account":"alice","balance":1000},{"account":"bob","balance":0}])");
    }
  }
  std::uint16_t port() const { return running->port(); }

  static saga_call hold(int saga = 1, int amount = 250) {
    return {.path = "/v1/holds",
            .saga = saga_number(saga),
            .step = "escrow",
            .body = R"({"account":"alice","amount":)" + std::to_string(amount) + "}"};
  }
  static saga_call release(int saga = 1) {
    return {.path = "/v1/holds/release", .saga = saga_number(saga), .step = "escrow", .operation = "compensation"};
  }
  void fault(const std::string& rule) { ASSERT_EQ(ask(port(), "POST", "/admin/faults", rule).status, 200); }
  std::string books() { return ask(port(), "GET", "/admin/books").body; }
  /// Asks until the answer has it: for what happens beside.
  void wait_until(const std::string& target, const std::string& part) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
      if (ask(port(), "GET", target).body.find(part) != std::string::npos) return;
    }
    FAIL() << target << " never had " << part;
  }
  std::size_t effects() {
    const std::string ledger = ask(port(), "GET", "/admin/ledger").body;
    std::size_t count = 0;
    for (auto at = ledger.find("\"seq\""); at != std::string::npos; at = ledger.find("\"seq\"", at + 1)) ++count;
    return count;
  }

  sagad::tests::temporary_folder folder;
  std::unique_ptr<running_participant> running;
};

}  // namespace sagad::participants::test
