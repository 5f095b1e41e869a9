#include "journal/log/frame_writer.hpp"

#include <chrono>
#include <utility>

#include "base/probe.hpp"
#include "journal/log/fatal.hpp"

namespace sagad::journal::log {

frame_writer::frame_writer(log_tail tail, segments& segments, preparer& preparer, lock_file& lock)
    : tail_(std::move(tail)),
      segments_(segments),
      preparer_(preparer),
      lock_(lock),
      end_(tail_.end),
      remainder_bytes_(tail_.bytes - tail_.at) {}

void frame_writer::write(std::string& frame, frame_kind kind, std::uint32_t records) {
  frame_header header;
  header.unpacked = packer_.pack(frame);
  if (frame.size() > tail_.bytes - tail_.at) {
    SAGAD_PROBE("a segment is full");
    auto next = preparer_.take(frame.size());
    tail_.sequence = next.sequence;
    tail_.file = std::move(next.file);
    tail_.at = 0;
    tail_.bytes = next.bytes;
    tail_.fresh = true;
  }
  header.log = tail_.log;
  header.sequence = tail_.sequence;
  header.offset = tail_.end;
  header.records = records;
  header.kind = kind;
  seal_frame(frame, header);

  const auto begin = std::chrono::steady_clock::now();
  const char* failed = "write";
  int error = tail_.file->write(tail_.at, frame);
  if (error == 0) {
    failed = "sync";
    error = tail_.file->sync();
  }
  if (error != 0) {
    fatal("cannot " + std::string(failed) + " " + segments_.path(tail_.sequence) + " at byte " +
          std::to_string(tail_.at) + ": " + error_text(error) + "; nothing that was not acknowledged is certain");
  }
  const auto took = std::chrono::steady_clock::now() - begin;

  if (tail_.fresh) segments_.add({tail_.sequence, tail_.end});
  tail_.fresh = false;
  tail_.at += frame.size();
  tail_.end = behind(tail_.end, frame.size());
  lock_.commit(tail_.end);
  end_.store(tail_.end, std::memory_order_release);
  remainder_bytes_.store(tail_.bytes - tail_.at, std::memory_order_relaxed);
  written_bytes_.fetch_add(frame.size(), std::memory_order_relaxed);
  syncs_.fetch_add(1, std::memory_order_relaxed);
  nanoseconds_.fetch_add(static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count()),
                         std::memory_order_relaxed);
}

}  // namespace sagad::journal::log
