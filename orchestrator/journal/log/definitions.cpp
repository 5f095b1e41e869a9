#include "journal/log/definitions.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "journal/log/crc32c.hpp"
#include "journal/log/fatal.hpp"
#include "journal/log/kept_aside.hpp"
#include "journal/log/little_endian.hpp"

namespace sagad::journal::log {
namespace {

constexpr std::uint32_t magic = 0x31444753;  // "SGD1"
constexpr std::uint16_t format = 1;
constexpr std::size_t header_bytes = 56;

constexpr std::size_t at_crc = 4;
constexpr std::size_t at_bytes = 8;
constexpr std::size_t at_version = 12;
constexpr std::size_t at_name_bytes = 16;
constexpr std::size_t at_format = 18;
constexpr std::size_t at_content = 24;

std::string encode(const stored_definition& definition) {
  std::string out(header_bytes, '\0');
  out += definition.name;
  out += definition.canonical;
  char* at = out.data();
  put(at, magic);
  put(at + at_bytes, static_cast<std::uint32_t>(out.size()));
  put(at + at_version, definition.version);
  put(at + at_name_bytes, static_cast<std::uint16_t>(definition.name.size()));
  put(at + at_format, format);
  std::memcpy(at + at_content, definition.content.bytes.data(), definition.content.bytes.size());
  put(at + at_crc, crc32c(std::string_view(out).substr(at_bytes)));
  return out;
}

// The definition at the front, and how long it is there; empty when there is no whole one.
std::optional<stored_definition> decode(std::string_view bytes, std::size_t& size) {
  if (bytes.size() < header_bytes || get<std::uint32_t>(bytes.data()) != magic) return std::nullopt;
  const char* at = bytes.data();
  size = get<std::uint32_t>(at + at_bytes);
  const std::size_t name_bytes = get<std::uint16_t>(at + at_name_bytes);
  if (size > bytes.size() || size < header_bytes + name_bytes) return std::nullopt;
  if (get<std::uint32_t>(at + at_crc) != crc32c(bytes.substr(at_bytes, size - at_bytes))) return std::nullopt;
  if (get<std::uint16_t>(at + at_format) != format) return std::nullopt;
  stored_definition definition;
  definition.version = get<std::uint32_t>(at + at_version);
  std::memcpy(definition.content.bytes.data(), at + at_content, definition.content.bytes.size());
  definition.name = bytes.substr(header_bytes, name_bytes);
  definition.canonical = bytes.substr(header_bytes + name_bytes, size - header_bytes - name_bytes);
  return definition;
}

bool another_follows(std::string_view bytes) {
  char wanted[4];
  put(wanted, magic);
  std::size_t size = 0;
  for (std::size_t at = 1; (at = bytes.find(std::string_view(wanted, 4), at)) != std::string_view::npos; ++at) {
    if (decode(bytes.substr(at), size)) return true;
  }
  return false;
}

}  // namespace

definitions::outcome definitions::open(const std::string& directory, files& files, std::string& torn) {
  const auto path = directory + "/definitions.log";
  const auto failed = [&](int error) { return path + ": " + error_text(error); };
  std::unique_ptr<file> opened;
  if (const int error = files.open(path, true, opened); error != 0) return failed(error);
  std::uint64_t bytes = 0;
  if (const int error = opened->size(bytes); error != 0) return failed(error);
  std::string content(bytes, '\0');
  std::size_t got = 0;
  if (const int error = opened->read(0, content.data(), content.size(), got); error != 0) return failed(error);
  auto result = std::unique_ptr<definitions>(new definitions(path, std::move(opened)));
  std::string_view rest = std::string_view(content).substr(0, got);
  std::string_view last;
  std::size_t size = 0;
  while (!rest.empty()) {
    auto definition = decode(rest, size);
    if (!definition) break;
    result->kept_.restore(std::move(*definition));
    last = rest.substr(0, size);
    rest.remove_prefix(size);
    result->end_ += size;
  }
  if (!rest.empty()) {
    const auto where = path + " at byte " + std::to_string(result->end_);
    if (another_follows(rest)) return where + " is damaged: what follows it is whole";
    torn = "dropped a torn definition at the end of " + where + ", " +
           keep_aside(files, directory, "definitions", result->end_, rest);
    if (const int error = result->file_->resize(result->end_); error != 0) return failed(error);
  }
  // The last one and the file's name may be in the page cache alone: a process was killed before its sync, or ended
  // after one that failed.
  int error = files.sync_directory(directory);
  if (error == 0) error = result->file_->write(result->end_ - last.size(), last);
  if (error == 0) error = result->file_->sync();
  if (error != 0) return failed(error);
  return result;
}

stored_definition definitions::put(const std::string& name, const std::string& canonical) {
  const std::lock_guard lock(mutex_);
  auto found = kept_.look(name, canonical);
  if (!found.fresh) return found.definition;
  if (name.size() > std::numeric_limits<std::uint16_t>::max() ||
      canonical.size() > std::numeric_limits<std::uint32_t>::max() / 2) {
    throw std::length_error("journal: a definition past its limit");
  }
  const auto bytes = encode(found.definition);
  if (const int error = file_->write(end_, bytes); error != 0) {
    const int undone = file_->resize(end_);
    if (undone != 0) fatal("cannot cut " + path_ + " back after a failed write: " + error_text(undone));
    throw std::system_error(error, std::generic_category(), path_);
  }
  if (const int error = file_->sync(); error != 0) fatal("cannot sync " + path_ + ": " + error_text(error));
  end_ += bytes.size();
  kept_.restore(found.definition);
  return found.definition;
}

std::vector<stored_definition> definitions::all() const {
  const std::lock_guard lock(mutex_);
  return kept_.all();
}

}  // namespace sagad::journal::log
