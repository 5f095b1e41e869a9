#include "journal/log/definitions.hpp"

#include <cerrno>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "base/probe.hpp"
#include "journal/log/crc32c.hpp"
#include "journal/log/fatal.hpp"
#include "journal/log/kept_aside.hpp"
#include "journal/log/little_endian.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::uint32_t magic = 0x31444753;  // "SGD1"
constexpr std::uint16_t definition_format = 1;
constexpr std::uint16_t mark_format = 2;  ///< says of a name that it is retired (version 1), or is so no more (0)
constexpr std::size_t header_bytes = 56;

constexpr std::size_t at_crc = 4;
constexpr std::size_t at_bytes = 8;
constexpr std::size_t at_version = 12;
constexpr std::size_t at_name_bytes = 16;
constexpr std::size_t at_definition_format = 18;
constexpr std::size_t at_content = 24;

std::string encode(const stored_definition& definition, std::uint16_t format) {
  std::string out(header_bytes, '\0');
  out += definition.name;
  out += definition.canonical;
  char* at = out.data();
  put(at, magic);
  put(at + at_bytes, static_cast<std::uint32_t>(out.size()));
  put(at + at_version, definition.version);
  put(at + at_name_bytes, static_cast<std::uint16_t>(definition.name.size()));
  put(at + at_definition_format, format);
  std::memcpy(at + at_content, definition.content.bytes.data(), definition.content.bytes.size());
  put(at + at_crc, crc32c(std::string_view(out).substr(at_bytes)));
  return out;
}

struct decoded {
  stored_definition definition;
  bool is_mark = false;
};

// What stands at the front, and how long it is there; empty when there is nothing whole.
std::optional<decoded> decode(std::string_view bytes, std::size_t& size) {
  if (bytes.size() < header_bytes || get<std::uint32_t>(bytes.data()) != magic) return std::nullopt;
  const char* at = bytes.data();
  size = get<std::uint32_t>(at + at_bytes);
  const std::size_t name_bytes = get<std::uint16_t>(at + at_name_bytes);
  if (size > bytes.size() || size < header_bytes + name_bytes) return std::nullopt;
  if (get<std::uint32_t>(at + at_crc) != crc32c(bytes.substr(at_bytes, size - at_bytes))) return std::nullopt;
  const auto format = get<std::uint16_t>(at + at_definition_format);
  if (format != definition_format && format != mark_format) return std::nullopt;
  stored_definition definition;
  definition.version = get<std::uint32_t>(at + at_version);
  std::memcpy(definition.content.bytes.data(), at + at_content, definition.content.bytes.size());
  definition.name = bytes.substr(header_bytes, name_bytes);
  definition.canonical = bytes.substr(header_bytes + name_bytes, size - header_bytes - name_bytes);
  return decoded{std::move(definition), format == mark_format};
}

// Where the next whole definition begins; npos: nowhere.
std::size_t another_follows(std::string_view bytes) {
  char wanted[4];
  put(wanted, magic);
  std::size_t size = 0;
  auto at = bytes.find(std::string_view(wanted, 4), 1);
  while (at != std::string_view::npos && !decode(bytes.substr(at), size))
    at = bytes.find(std::string_view(wanted, 4), at + 1);
  return at;
}

// What may be gone on without.
std::string refusal_of_loss(const std::string& what) {
  return what +
         "; put it back from a backup, or `--accept-loss` goes on with the definitions that are left: apply the others "
         "again then, sagas that need them wait";
}

void tell(std::string& so_far, const std::string& what) {
  so_far += (so_far.empty() ? "" : "; ") + what;
}

}  // namespace

// Takes what is whole, and returns the last of it; `end_` is behind it.
std::string_view definitions::take(std::string_view content, const expected& wanted, findings& amiss) {
  const auto lose = [&](const std::string& what) {
    if (!wanted.accept_loss) throw damaged(refusal_of_loss(what));
    tell(amiss.lost, what);
  };
  std::string_view last;
  for (std::size_t size = 0; end_ < content.size(); end_ += size) {
    const auto rest = content.substr(end_);
    if (auto found = decode(rest, size)) {
      if (found->is_mark) {
        kept_.retire(found->definition.name, found->definition.version != 0);
      } else {
        kept_.restore(std::move(found->definition));
      }
      last = rest.substr(0, size);
      continue;
    }
    size = another_follows(rest);
    if (size == std::string_view::npos) break;
    lose(path_ + " at byte " + std::to_string(end_) + " is damaged: what follows at byte " +
         std::to_string(end_ + size) + " is whole");
  }
  if (end_ < lock_.definitions_bytes()) {
    lose(path_ + " is damaged: it ends at byte " + std::to_string(end_) + ", and definitions up to byte " +
         std::to_string(lock_.definitions_bytes()) + " had been kept");
  }
  return last;
}

definitions::outcome definitions::open(const std::string& directory, files& files, lock_file& lock, expected wanted,
                                       findings& amiss) {
  const auto path = directory + "/definitions.log";
  try {
    std::unique_ptr<file> opened;
    const int missing = files.open(path, false, opened);
    if (missing == ENOENT && wanted.file) {
      if (!wanted.accept_loss) return refusal_of_loss(path + " is missing");
      tell(amiss.lost, path + " is missing");
    }
    if (missing != 0) must_work(files.open(path, true, opened), path);
    std::uint64_t bytes = 0;
    must_work(opened->size(bytes), path);
    std::string content(bytes, '\0');
    std::size_t got = 0;
    must_work(opened->read(0, content.data(), content.size(), got), path);
    content.resize(got);
    auto result = std::unique_ptr<definitions>(new definitions(path, std::move(opened), lock));
    const auto last = result->take(content, wanted, amiss);
    if (result->end_ < content.size()) {
      SAGAD_PROBE("an opening drops a torn definition");
      amiss.torn = "dropped a torn definition at the end of " + path + " at byte " + std::to_string(result->end_) +
                   ", " + keep_aside(files, directory, "definitions", result->end_, content.substr(result->end_));
      must_work(result->file_->resize(result->end_), path);
    }
    // The last one and the file's name may be in the page cache alone: a process was killed before its sync, or ended
    // after one that failed.
    must_work(files.sync_directory(directory), directory);
    must_work(result->file_->write(result->end_ - last.size(), last), path);
    must_work(result->file_->sync(), path);
    return result;
  } catch (const damaged& error) {
    return error.what();
  }
}

stored_definition definitions::put(const std::string& name, const std::string& canonical) {
  const std::lock_guard lock(mutex_);
  auto found = kept_.look(name, canonical);
  if (!found.fresh && !found.definition.retired) return found.definition;
  if (name.size() > std::numeric_limits<std::uint16_t>::max() ||
      canonical.size() > std::numeric_limits<std::uint32_t>::max() / 2) {
    throw std::length_error("journal: a definition past its limit");
  }
  if (found.fresh) {
    write(encode(found.definition, definition_format));
    kept_.restore(found.definition);
  }
  if (kept_.retired(name)) mark(name, false);
  found.definition.retired = false;
  found.definition.is_new = found.fresh;
  return found.definition;
}

bool definitions::retire(const std::string& name) {
  const std::lock_guard lock(mutex_);
  if (!kept_.knows(name)) return false;
  if (!kept_.retired(name)) mark(name, true);
  return true;
}

void definitions::mark(const std::string& name, bool retired) {
  stored_definition said;
  said.name = name;
  said.version = retired ? 1 : 0;
  write(encode(said, mark_format));
  kept_.retire(name, retired);
}

void definitions::write(const std::string& bytes) {
  if (const int error = file_->write(end_, bytes); error != 0) {
    const int undone = file_->resize(end_);
    if (undone != 0) fatal("cannot cut " + path_ + " back after a failed write: " + error_text(undone));
    throw std::system_error(error, std::generic_category(), path_);
  }
  if (const int error = file_->sync(); error != 0) fatal("cannot sync " + path_ + ": " + error_text(error));
  end_ += bytes.size();
  lock_.set_definitions_bytes(end_);
}

std::uint64_t definitions::bytes() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

definition_news definitions::after(std::size_t known) const {
  const std::lock_guard lock(mutex_);
  return kept_.after(known);
}

std::vector<stored_definition> definitions::all() const {
  const std::lock_guard lock(mutex_);
  return kept_.all();
}

}  // namespace sagad::journal::log
