#pragma once

#include <chrono>

#include "log_files.hpp"
#include "tests/support/eventually.hpp"

namespace sagad::journal::tests {

using sagad::tests::eventually;

/// A log whose files are at hand, and entries at the right positions.
class log_test : public testing::Test {
 protected:
  journal::store& store() { return log.store(); }
  const std::string& directory() { return log.settings().directory; }

  entry make(const saga_id& of, std::uint32_t seq, std::string_view bytes = "bytes") {
    return next_entry(store().opened().epoch, positions, of, seq, bytes);
  }
  exception put(const entry& entry) {
    lane one(store());
    const auto told = one.commit(one.appender().append(entry));
    return told.empty() ? exception{1, result::durable, {}, false} : told.front();
  }
  void finish(const saga_id& of, std::uint32_t seq) {
    auto last = make(of, seq);
    last.final = true;
    put(last);
  }
  /// Opens with the next positions counted on.
  void reopen() {
    log.reopen();
    if (HasFatalFailure()) return;
    positions = store().opened().last_position;
  }
  /// Starts sagas 1 to `sagas` and gives each `records` records of so many bytes, one commit a record.
  void fill(std::uint64_t sagas, std::uint32_t records, std::size_t bytes = 20) {
    const auto content = incompressible(bytes);
    for (std::uint32_t seq = 1; seq <= records; ++seq) {
      for (std::uint64_t number = 1; number <= sagas; ++number) put(make(saga(number), seq, content));
    }
  }
  /// Gives a saga more records until a checkpoint is complete that begins behind them all; its newest seq.
  std::uint32_t append_until_checkpoint(const saga_id& of, std::uint32_t seq) {
    const auto begin = frames_of(directory()).back().header.offset;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (std::chrono::steady_clock::now() < deadline) {
      for (int count = 0; count < 50; ++count) put(make(of, ++seq, std::string(500, 'x')));
      bool begun = false;
      for (const auto& frame : frames_of(directory())) {
        if (frame.header.offset <= begin) continue;
        begun = begun || frame.header.kind == log::frame_kind::checkpoint_begin;
        if (begun && frame.header.kind == log::frame_kind::checkpoint_end) return seq;
      }
    }
    ADD_FAILURE() << "no checkpoint in time";
    return seq;
  }
  std::size_t scanned() {
    std::size_t count = 0;
    cursor at;
    for (cursor before{1}; before != at;) {
      before = at;
      at = store().scan(at, 100, [&](const stored_record&) { ++count; });
    }
    return count;
  }

  log_subject log{sagad::tests::temporary_folder::on::memory};
  std::vector<position> positions = std::vector<position>(partitions, 0);
};

}  // namespace sagad::journal::tests
