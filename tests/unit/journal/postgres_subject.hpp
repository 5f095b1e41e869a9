#pragma once

#include <memory>
#include <string>
#include <vector>

#include "contract.hpp"
#include "postgres_node.hpp"
#include "tests/support/postgres_server.hpp"

namespace sagad::journal::tests {

using sagad::tests::postgres_client;
using sagad::tests::postgres_server;

/// A journal in a schema of its own, and the node that has all its partitions.
class postgres_subject final : public subject {
 public:
  postgres_subject();
  ~postgres_subject() override;

  postgres::store& store() override { return node_->store(); }
  std::uint64_t epoch(partition_no partition) override { return node_->taken_as(partition).epoch; }
  std::vector<live_saga> live() override;
  void reopen() override;
  /// The database itself sees to its indexes.
  void reopen_without_index() override { reopen(); }
  /// The database says of starts that its disk is full.
  void make_room_scarce(bool scarce) override;

  postgres_node& node() { return *node_; }
  postgres::options& settings() { return settings_; }
  void close() { node_.reset(); }
  /// Opens it, and waits for the partitions; the error's line, or empty.
  std::string open();
  std::string ask(const std::string& sql) { return postgres_client(settings_.url).ask(sql); }

 private:
  std::string schema_;
  postgres::options settings_;
  std::unique_ptr<postgres_node> node_;
};

}  // namespace sagad::journal::tests
