#include "runtime/archive.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "journal/folders.hpp"
#include "records/as_json.hpp"
#include "records/codec.hpp"
#include "runtime/record_line.hpp"

namespace sagad::runtime {
namespace {

// A file is read once in years, if ever, and written beside all else: zstd's own default.
constexpr int compression_level = 3;
constexpr std::size_t lines_bytes_usual_max = 256U << 10U;

[[noreturn]] void cannot(int error, const std::string& path) {
  throw std::system_error(error, std::generic_category(), "the archive " + path + " cannot be written");
}

// `2026-05-04T10:20:30.123Z` as a name may have it: `20260504T102030Z`.
std::string as_name(millis at) {
  auto text = std::string(records::timestamp(at)).substr(0, 19);
  std::erase_if(text, [](char letter) { return letter == '-' || letter == ':'; });
  return text + "Z";
}

void sync_folder(const std::string& directory) {
  const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) cannot(errno, directory);
  const int error = ::fsync(opened) == 0 ? 0 : errno;
  ::close(opened);
  if (error != 0) cannot(error, directory);
}

}  // namespace

/// `PATH.new` until it is finished. Without that nothing of it stays.
class archive::compressed_file {
 public:
  explicit compressed_file(const std::string& path)
      : path_(path + ".new"), stream_(ZSTD_createCCtx()), out_(ZSTD_CStreamOutSize(), '\0') {
    if (stream_ == nullptr) throw std::bad_alloc();
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_compressionLevel, compression_level);
    ZSTD_CCtx_setParameter(stream_, ZSTD_c_checksumFlag, 1);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    if (descriptor_ >= 0) return;
    const int error = errno;
    ZSTD_freeCCtx(stream_);
    cannot(error, path_);
  }
  ~compressed_file() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
      ::unlink(path_.c_str());
    }
    ZSTD_freeCCtx(stream_);
  }
  compressed_file(const compressed_file&) = delete;
  compressed_file& operator=(const compressed_file&) = delete;

  void write(std::string_view text) { compress(text, ZSTD_e_continue); }

  void finish(const std::string& path) {
    compress({}, ZSTD_e_end);
    if (::fdatasync(descriptor_) != 0) cannot(errno, path_);
    if (::rename(path_.c_str(), path.c_str()) != 0) cannot(errno, path);
    ::close(std::exchange(descriptor_, -1));
  }

 private:
  void compress(std::string_view text, ZSTD_EndDirective how) {
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    for (;;) {
      ZSTD_outBuffer out{out_.data(), out_.size(), 0};
      const auto left = ZSTD_compressStream2(stream_, &out, &in, how);
      if (ZSTD_isError(left) != 0) throw std::runtime_error(path_ + ": " + ZSTD_getErrorName(left));
      store(std::string_view(out_).substr(0, out.pos));
      if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) return;
    }
  }

  void store(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(descriptor_, bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) cannot(errno, path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  std::string path_;
  ZSTD_CCtx* stream_;
  std::string out_;
  int descriptor_ = -1;
};

archive::archive(std::string directory) : directory_(std::move(directory)) {
  std::error_code failed;
  const auto changed = journal::make_folders(directory_, failed);
  if (failed) throw std::system_error(failed, "the archive's folder " + directory_ + " cannot be made");
  for (const auto& folder : changed) sync_folder(folder);
  if (::access(directory_.c_str(), W_OK | X_OK) != 0) cannot(errno, directory_);
}

archive::~archive() = default;

void archive::know(definition_source definitions) {
  definitions_ = std::move(definitions);
}

void archive::begin(std::uint64_t number, millis newest) {
  auto digits = std::to_string(number);
  if (digits.size() < 10) digits.insert(0, 10 - digits.size(), '0');
  path_ = directory_ + "/sagas-" + digits + "-" + as_name(newest) + ".ndjson.zst";
  under_way_.reset();
  under_way_ = std::make_unique<compressed_file>(path_);
  lines_.clear();
}

void archive::add(const std::vector<journal::stored_record>& saga) {
  static const definition::definition unknown;
  definition::definition_ptr by;
  for (const auto& stored : saga) {
    const auto decoded = records::decode(stored.bytes);
    if (const auto* bad = std::get_if<records::unreadable>(&decoded)) {
      append_unreadable_line(lines_, stored, bad->why);
    } else {
      const auto& record = std::get<engine::record>(decoded);
      if (stored.seq == 1 && !record.events.empty() && definitions_) by = definitions_(record.events.front().content);
      append_record_line(lines_, stored, record, by == nullptr ? unknown : *by);
    }
    lines_ += '\n';
  }
  if (lines_.size() < lines_bytes_usual_max) return;
  under_way_->write(lines_);
  lines_.clear();
}

void archive::finish() {
  under_way_->write(lines_);
  under_way_->finish(path_);
  under_way_.reset();
  sync_folder(directory_);
}

}  // namespace sagad::runtime
