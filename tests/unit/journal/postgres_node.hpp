#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "contract.hpp"
#include "journal/postgres/postgres.hpp"
#include "tests/support/eventually.hpp"

namespace sagad::journal::tests {

/// One of several nodes that share a journal: what it was told, and a way to append.
class postgres_node final : public ownership_listener {
 public:
  explicit postgres_node(const postgres::options& settings, const std::string& address = "here");
  ~postgres_node() override;

  postgres::store& store() { return *store_; }
  void close() { store_.reset(); }
  /// What is wanted back is not given.
  void keep_what_is_wanted() { keeps_ = true; }
  /// Called when partitions are told as taken, on the store's thread.
  void when_taken(std::function<void(const taken_partition&)> see);

  std::size_t count() const;
  bool has(partition_no partition) const;
  taken_partition taken_as(partition_no partition) const;  ///< as it was told last
  std::vector<partition_no> has_all() const;
  std::vector<partition_no> lost_all() const;
  std::size_t wanted_count() const;
  std::vector<message> messages() const;
  std::vector<message_answer> answers() const;
  std::size_t definitions_changed_count() const { return definitions_changed_; }

  /// An entry at the next position of its partition, under the epoch by which it has it.
  entry make(const saga_id& of, std::uint32_t seq, std::string_view bytes = "bytes");
  result put(const entry& entry);

 private:
  void taken(taken_partition partition) override;
  void wanted_back(partition_no partition) override;
  void lost(partition_no partition) override;
  void arrived(message message) override;
  void answered(message_answer answer) override;
  void definitions_changed() override { ++definitions_changed_; }

  mutable std::mutex mutex_;
  std::map<partition_no, taken_partition> has_;
  std::map<partition_no, taken_partition> last_;
  std::map<partition_no, position> positions_;
  std::vector<partition_no> lost_;
  std::vector<partition_no> wanted_;
  std::vector<message> messages_;
  std::vector<message_answer> answers_;
  std::function<void(const taken_partition&)> see_;
  std::atomic<bool> keeps_ = false;
  std::atomic<std::size_t> definitions_changed_ = 0;
  std::unique_ptr<postgres::store> store_;
  postgres::store* told_by_ = nullptr;  ///< as long as it tells
};

}  // namespace sagad::journal::tests
