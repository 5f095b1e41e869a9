#include "journal/log/listing.hpp"

#include <algorithm>

#include "journal/journal.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {
namespace {

class lister {
 public:
  lister(files& files, std::string directory, std::uint64_t log) : files_(files), directory_(std::move(directory)) {
    found_.log = log;
  }

  listing run() {
    std::vector<std::string> names;
    must_work(files_.list(directory_, names), directory_);
    for (const auto& name : names) {
      if (name.ends_with(".log.new")) must_work(files_.remove(directory_ + "/" + name), name);
      if (const auto sequence = segment_sequence(name)) inspect(*sequence);
    }
    std::sort(found_.segments.begin(), found_.segments.end(),
              [](const found_segment& left, const found_segment& right) { return left.sequence < right.sequence; });
    if (!found_.used()) look_behind_blank_fronts();
    agree_on_log();
    for (auto& segment : found_.segments) check_first(segment);
    distrust_bases();
    return std::move(found_);
  }

 private:
  std::string path(const found_segment& segment) const { return directory_ + "/" + segment_name(segment.sequence); }

  void inspect(std::uint64_t sequence) {
    found_segment found;
    found.sequence = sequence;
    std::unique_ptr<file> opened;
    must_work(files_.open(path(found), false, opened), path(found));
    must_work(opened->size(found.bytes), path(found));
    std::string front(frame_header_bytes, '\0');
    std::size_t got = 0;
    must_work(opened->read(0, front.data(), front.size(), got), path(found));
    front.resize(got);
    found.first = frame_header_of(front);
    found.blank = front.find_first_not_of('\0') == std::string::npos;
    if (const auto later = later_frame_of(front); later && is_whole(found, later->bytes)) {
      throw damaged(path(found) + written_by_newer(later->format));
    }
    found_.segments.push_back(found);
  }

  // The frame at the segment's begin, which says that it has so many bytes.
  bool is_whole(const found_segment& segment, std::uint32_t bytes) {
    if (bytes > segment.bytes) return false;
    std::unique_ptr<file> opened;
    must_work(files_.open(path(segment), false, opened), path(segment));
    std::string frame(bytes, '\0');
    std::size_t got = 0;
    must_work(opened->read(0, frame.data(), frame.size(), got), path(segment));
    return got == bytes && frame_is_whole(frame);
  }
  bool first_is_whole(const found_segment& segment) { return segment.first && is_whole(segment, segment.first->bytes); }

  // Nothing is begun anew over segments of which only the front is gone.
  void look_behind_blank_fronts() {
    log_walk walk(files_, directory_, found_.segments, found_.log);
    for (std::size_t at = 0; at < found_.segments.size(); ++at) found_.segments[at].blank = !walk.dirt(at, 0);
  }

  void agree_on_log() {
    for (const auto& segment : found_.segments) {
      if (found_.log != 0) return;
      if (first_is_whole(segment)) found_.log = segment.first->log;
    }
    if (found_.log != 0 || !found_.used()) return;
    log_walk walk(files_, directory_, found_.segments, 0);
    for (std::size_t at = 0; at < found_.segments.size() && found_.log == 0; ++at) {
      if (!found_.segments[at].blank) found_.log = walk.any_log(at);
    }
  }

  void check_first(found_segment& segment) {
    if (!segment.first) return;
    const auto& first = *segment.first;
    if (first.log == found_.log && first.sequence == segment.sequence) return;
    const bool whole = first_is_whole(segment);
    if (whole && first.log != found_.log) throw damaged(path(segment) + " belongs to another log");
    if (whole && first.sequence > segment.sequence) {
      throw damaged(path(segment) + " holds " + segment_name(first.sequence));
    }
    segment.first.reset();
  }

  // A segment whose first frame claims an offset out of the others' order is read as if that frame were not there.
  void distrust_bases() {
    found_segment* before = nullptr;
    for (auto& segment : found_.segments) {
      if (!segment.first) continue;
      if (segment.sequence == 1 && segment.first->offset != offset{}) segment.first.reset();
      if (segment.first && before != nullptr && segment.first->offset <= before->first->offset) {
        before->first.reset();
        before = nullptr;
      }
      if (segment.first) before = &segment;
    }
  }

  files& files_;
  std::string directory_;
  listing found_;
};

}  // namespace

bool listing::used() const noexcept {
  return std::any_of(segments.begin(), segments.end(), [](const found_segment& one) { return !one.blank; });
}

listing list_segments(files& files, const std::string& directory, std::uint64_t log) {
  return lister(files, directory, log).run();
}

}  // namespace sagad::journal::log
