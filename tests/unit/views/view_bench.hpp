#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "journal/memory/store.hpp"
#include "views/keeper.hpp"

/// What the tests of views share: journals full of random sagas, and ways to look into files.
namespace sagad::views::tests {

/// The records of one random saga, as they are kept.
struct course {
  saga_id id;
  std::string key;
  std::vector<std::string> records;
  bool ends = false;
  millis at = 0;
};

/// Random sagas under random inputs, ten milliseconds apart: some end, some get stuck, some turn back. The same seed
/// gives the same.
std::vector<course> random_courses(std::uint64_t seed, std::size_t sagas);

/// Knows the definitions that the courses name: `sale`, `refund` and an inline one without a name.
definition::definition_ptr definition_of(const digest& content);

/// A journal in memory that courses are written to, the records of different sagas mingled.
class written_journal {
 public:
  explicit written_journal(journal::retention kept = {}) : store_(std::make_unique<journal::memory::store>(kept)) {}
  explicit written_journal(std::unique_ptr<journal::memory::store> store);

  journal::memory::store& store() noexcept { return *store_; }
  /// As the next process opens it; nothing may hold it.
  void reopen();
  void write(const std::vector<course>& courses, std::uint64_t seed);
  /// One record; returns where it stands.
  place write(const course& of, std::size_t record);

 private:
  std::unique_ptr<journal::memory::store> store_;
  std::unique_ptr<journal::appender> appender_;
  std::vector<journal::position> positions_ = std::vector<journal::position>(partitions, 0);
};

inline constexpr millis now = 1'800'000'000'000;

/// A keeper of this journal whose clock stands at `now`.
std::unique_ptr<keeper> make_keeper(journal::store& store, const std::string& path, bool accept_loss = false,
                                    const std::string& boot = "this boot");
/// Steps until there is nothing to do.
void catch_up(keeper& of);

/// Everything in a file but how it came there, as text.
std::string dump(const std::string& path, std::uint64_t journal_identity);
std::string dump(database& file);
/// What the file of a journal must hold: built in one go.
std::string built_at_once(journal::store& store);

/// The ids of a page's sagas, in its order.
std::vector<std::string> ids_of(const page& page);

}  // namespace sagad::views::tests
