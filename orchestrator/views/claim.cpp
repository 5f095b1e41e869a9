#include "views/claim.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace sagad::views {
namespace {

constexpr mode_t file_mode = 0640;
constexpr std::string_view database_magic{"SQLite format 3\0", 16};
constexpr std::size_t application_id_at = 68;
constexpr std::size_t page_bytes = 4096;

enum class content { nothing, views, unknown };

// The first page and one byte more, fewer where the file ends; 0 or the errno.
int read_begin(int descriptor, std::string& into) {
  into.resize(page_bytes + 1);
  std::size_t done = 0;
  while (done < into.size()) {
    const auto got = ::pread(descriptor, into.data() + done, into.size() - done, static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  into.resize(done);
  return 0;
}

content content_of(std::string_view text) {
  // A first page that a power failure took is zeros.
  if (text.size() <= page_bytes && text.find_first_not_of('\0') == text.npos) return content::nothing;
  if (!text.starts_with(database_magic) || text.size() < application_id_at + 4) return content::unknown;
  std::uint32_t id = 0;
  for (std::size_t at = 0; at < 4; ++at) id = id << 8U | static_cast<unsigned char>(text[application_id_at + at]);
  return id == static_cast<std::uint32_t>(application_id) ? content::views : content::unknown;
}

std::runtime_error in_the_way(const std::string& path, const std::string& why) {
  return std::runtime_error(path + " " + why);
}

void check_replaceable(const std::string& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return;  // where it cannot be made, making it says so
  const auto kept = " and is left as it is: give --views another path, or move it away";
  if (!S_ISREG(found.st_mode)) throw in_the_way(path, std::string("is no file") + kept);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw in_the_way(path, "cannot be read: " + std::system_category().message(errno));
  std::string begin;
  const int error = read_begin(descriptor, begin);
  ::close(descriptor);
  if (error != 0) throw in_the_way(path, "cannot be read: " + std::system_category().message(error));
  if (content_of(begin) == content::unknown) throw in_the_way(path, std::string("is not a file of views") + kept);
}

}  // namespace

claim::claim(const std::string& path) {
  for (const auto& name : {path, path + ".next"}) check_replaceable(name);
  // Beside it: the file itself is replaced, and closing it would take SQLite's locks away.
  const auto lock = path + ".lock";
  descriptor_ = ::open(lock.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, file_mode);
  if (descriptor_ < 0) {
    throw in_the_way("the views' file " + path,
                     "cannot be opened: " + lock + ": " + std::system_category().message(errno) +
                         ": give --views a path in a folder that is there and may be written to");
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return;
  const int error = errno;
  ::close(descriptor_);
  if (error != EWOULDBLOCK) throw in_the_way(path, "cannot be locked: " + std::system_category().message(error));
  throw in_use(path + " is in use by another process: give each its own --views, or end the other one");
}

claim::~claim() {
  ::close(descriptor_);
}

}  // namespace sagad::views
