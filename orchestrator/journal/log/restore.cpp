#include "journal/log/restore.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>

#include "journal/journal.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/key_file.hpp"
#include "journal/log/manifest.hpp"
#include "journal/log/segments.hpp"

namespace sagad::journal::log {
namespace {

// With these, epochs stay below 2^63 until 2088, and positions below 2^53, what a number in JSON can hold.
constexpr millis counted_from = 1'577'836'800'000;  // 2020-01-01
constexpr unsigned epoch_shift = 32;
constexpr unsigned position_shift = 20;  // no partition gets a million records a second

std::string fault_in(files& files, const std::string& directory, const std::string& name, manifest::entry said) {
  const auto path = directory + "/" + name;
  std::unique_ptr<file> opened;
  const int error = files.open(path, false, opened);
  if (error == ENOENT) return path + " is missing";
  must_work(error, path);
  std::uint64_t bytes = 0;
  must_work(opened->size(bytes), path);
  if (bytes != said.bytes) return path + " has " + std::to_string(bytes) + " bytes of " + std::to_string(said.bytes);
  std::string piece(1U << 20U, '\0');
  std::uint32_t checksum = 0;
  for (std::uint64_t at = 0; at < bytes;) {
    std::size_t got = 0;
    must_work(opened->read(at, piece.data(), piece.size(), got), path);
    if (got == 0) break;
    checksum = crc32c(std::string_view(piece).substr(0, got), checksum);
    at += got;
  }
  return checksum == said.checksum ? std::string() : path + " is damaged: its checksum is wrong";
}

// Empty: all is there as it was written.
std::string fault_of(files& files, const std::string& directory, const manifest& said) {
  for (const auto& [name, entry] : said.files) {
    if (auto fault = fault_in(files, directory, name, entry); !fault.empty()) return fault + "; take another backup";
  }
  std::vector<std::string> names;
  must_work(files.list(directory, names), directory);
  for (const auto& name : names) {
    if ((segment_sequence(name) || key_file_sequence(name)) && !said.files.contains(name)) {
      return directory + "/" + name + " is not of this backup: copy the backup into a folder that is empty before";
    }
  }
  return {};
}

}  // namespace

std::variant<restore, std::string> restore::check(files& files, const std::string& directory, bool wanted) {
  restore result;
  const auto found = find_manifest(files, directory);
  if (!found.there) {
    const auto path = directory + "/" + begun_name;
    std::unique_ptr<file> begun;
    const int error = files.open(path, false, begun);
    if (error != ENOENT) {
      // An earlier opening came no further.
      must_work(error, path);
      std::string text(4096, '\0');
      std::size_t got = 0;
      must_work(begun->read(0, text.data(), text.size(), got), path);
      constexpr std::string_view label = "taken ";
      const auto at = text.find(label);
      result.taken_ = at == std::string::npos ? 0 : std::strtoll(text.c_str() + at + label.size(), nullptr, 10);
      return result;
    }
    if (!wanted) return result;
    return directory +
           " is no backup, or was begun from before: make it a copy of the backup, or, where sagad has begun from it "
           "already, leave --restored out";
  }
  const auto refused = directory + " cannot be begun from: ";
  if (!found.content) return refused + manifest::file_name + " is damaged; take another backup";
  if (!found.content->finished) return refused + "the backup was cut off before its end; take another one";
  if (!wanted) {
    return directory +
           " is a backup, the past of a journal: --restored begins from it, where the journal itself is lost";
  }
  if (const auto fault = fault_of(files, directory, *found.content); !fault.empty()) {
    return refused + fault;
  }
  const auto path = directory + "/" + begun_name;
  must_work(files.rename(directory + "/" + manifest::file_name, path), path);
  must_work(files.sync_directory(directory), directory);
  result.taken_ = found.content->taken;
  return result;
}

std::optional<std::string> restore::raise(checkpoint_begin& state, millis now) const {
  if (now < *taken_) {
    return "the clock of this machine is before the time at which the backup was taken: set it, and start sagad again";
  }
  const auto seconds = static_cast<std::uint64_t>(std::max<millis>(now - counted_from, 0)) / 1000;
  const auto number = std::max(restore_of(state.epoch) + 1, seconds);
  state.epoch = number << epoch_shift;
  // Not from where they stand: what an earlier attempt has raised may be durable of the epoch alone.
  for (auto& last : state.last_position)
    last = std::max(last + (std::uint64_t{1} << position_shift), number << position_shift);
  return std::nullopt;
}

void restore::done(files& files, const std::string& directory) const {
  if (!taken_) return;
  const auto path = directory + "/" + begun_name;
  must_work(files.remove(path), path);
  must_work(files.sync_directory(directory), directory);
}

}  // namespace sagad::journal::log
