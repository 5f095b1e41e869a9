#pragma once

#include <cstdint>
#include <memory>

#include "participants/sdk/service.hpp"
#include "participants/sdk/settings.hpp"

namespace sagad::participants {

/// A running participant: database, writer, late work and listener. One a process.
class participant {
 public:
  /// Starts everything. Throws std::exception with a message for a person.
  participant(service what, const settings& how);
  participant(const participant&) = delete;
  participant& operator=(const participant&) = delete;
  ~participant();

  std::uint16_t port() const noexcept;
  /// As people know it, without a password.
  const std::string& database() const noexcept;
  /// Finishes what is open, then closes the database. Not from a thread of the pool.
  void stop();

 private:
  class parts;
  std::unique_ptr<parts> parts_;
};

/// The whole main(): reads the settings, runs until SIGTERM or SIGINT. The process's exit code.
int run_participant(service what, int argc, char** argv);

}  // namespace sagad::participants
