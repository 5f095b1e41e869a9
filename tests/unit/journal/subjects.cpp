#include "contract.hpp"
#include "journal/memory/store.hpp"
#include "log_subject.hpp"
#include "postgres_subject.hpp"

namespace sagad::journal::tests {
namespace {

class in_memory final : public subject {
 public:
  journal::store& store() override { return *store_; }
  void reopen() override { store_ = store_->crash(); }
  void reopen_without_index() override { reopen(); }
  void make_room_scarce(bool scarce) override { store_->refuse_starts(scarce); }

 private:
  std::unique_ptr<memory::store> store_ = std::make_unique<memory::store>(kept);
};

}  // namespace

std::vector<subject_kind> subjects() {
  return {{"memory", [] { return std::make_unique<in_memory>(); }},
          {"log", [] { return std::make_unique<log_subject>(sagad::tests::temporary_folder::on::disk); }},
          {"postgres", [] { return std::make_unique<postgres_subject>(); }}};
}

}  // namespace sagad::journal::tests
