#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "base/saga_id.hpp"
#include "journal/archiver.hpp"
#include "tests/simulation/fibers.hpp"
#include "tests/simulation/world.hpp"

namespace sagad::simulation {

/// What was archived, life after life: the pieces that were finished, each as it was last. A call of it fails now and
/// then, or the process dies in it, before or after its work was done. Throws violation where it is used in another way
/// than the contract says.
class archive_shelf final : public journal::archiver {
 public:
  explicit archive_shelf(world& in) : world_(in) {}

  /// A process that uses it is there from now on; what the last one left unfinished is gone.
  void begin_life(fibers& threads);

  void begin(std::uint64_t number, millis newest) override;
  void add(const std::vector<journal::stored_record>& records) override;
  void finish() override;

  using history = std::vector<journal::stored_record>;
  /// Each finished piece in which a saga is.
  struct copy {
    std::uint64_t piece = 0;
    std::uint64_t life = 0;  ///< in which it was finished
    const history* records = nullptr;
  };
  std::vector<copy> copies_of(const saga_id& saga) const;

 private:
  struct piece {
    std::uint64_t life = 0;
    std::map<saga_id, history> sagas;
  };

  void may_fail(const char* where);

  world& world_;
  fibers* fibers_ = nullptr;
  std::uint64_t life_ = 0;
  std::map<std::uint64_t, piece> finished_;
  bool open_ = false;  ///< a piece is under way, and nothing of it has failed
  std::uint64_t number_ = 0;
  piece under_way_;
};

}  // namespace sagad::simulation
