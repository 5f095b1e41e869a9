#include "tests/support/hooked_vfs.hpp"
#include "tests/unit/barrier/scratch_database.hpp"

namespace sagad::barrier::test {

scratch_database::scratch_database() : place_(folder_.path("participant.db")) {}

scratch_database::~scratch_database() = default;

connection::options scratch_database::options(std::chrono::milliseconds wait_max) const {
  return {.place = place_, .sync = durability::normal, .wait_max = wait_max};
}

class lock_watch::parts : public sagad::tests::hooked_vfs {};

lock_watch::lock_watch() : parts_(std::make_unique<parts>()) {}

lock_watch::~lock_watch() = default;

bool lock_watch::callers_wait(std::size_t count) {
  return parts_->threads_wait(count);
}

}  // namespace sagad::barrier::test
