// A configuration file, any bytes: it is good or each mistake is told, a line of UTF-8 each, at a place in the text;
// what is good is printed as a configuration that is printed as the same again.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>
#include <vector>

#include "config/parse.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

// In memory, and yet with a path that can be opened.
class file_in_memory {
 public:
  explicit file_in_memory(std::string_view text) : descriptor_(memfd_create("sagad.yaml", MFD_CLOEXEC)) {
    expect(write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()), "memory takes a file");
  }
  file_in_memory(const file_in_memory&) = delete;
  file_in_memory& operator=(const file_in_memory&) = delete;
  ~file_in_memory() { close(descriptor_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

config::outcome parse(std::string_view text, const char* asked) {
  const file_in_memory file(text);
  const std::string flag = "--config=" + file.path();
  const std::array arguments{"sagad", flag.c_str(), asked};
  return config::parse(static_cast<int>(arguments.size()), arguments.data(), [](const std::string& name) {
    return name == "TOKEN_OF_ESCROW" ? std::optional<std::string>("Bearer secret") : std::nullopt;
  });
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto parts = cut_at_line_end(text);
    lines.push_back(parts.line);
    text = parts.rest;
  }
  return lines;
}

bool is_shown(std::string_view line) {
  return json::valid_utf8(line) && std::none_of(line.begin(), line.end(), [](char letter) {
           return static_cast<unsigned char>(letter) < 0x20 || letter == '\x7f';
         });
}

void expect_mistakes(std::string_view told) {
  constexpr std::string_view begin = "sagad: the configuration has ";
  const auto lines = lines_of(told);
  expect(told.ends_with('\n') && lines.size() > 1 && lines[0].starts_with(begin), "mistakes are counted and told",
         told);
  for (const auto line : lines) expect(is_shown(line), "what is told is a line of UTF-8", told);
  auto count = lines[0].substr(begin.size());
  std::size_t announced = 1;
  std::from_chars(count.data(), count.data() + count.size(), announced);
  constexpr std::size_t told_max = 100;
  expect(lines.size() - 1 == (announced > told_max ? told_max + 1 : announced), "each mistake is one line", told);
}

// Without where each value comes from.
std::string values_of(std::string_view page) {
  std::string values;
  for (auto line : lines_of(page)) {
    line = line.substr(0, line.rfind("  # "));
    values.append(line) += '\n';
  }
  return values;
}

void expect_page(const std::string& page) {
  if (page.find("token_sha256 is not shown") != std::string::npos) return;
  const auto again = parse(page, "--print-config");
  const auto* printed = std::get_if<config::exit>(&again);
  expect(printed != nullptr && printed->code == 0, "what is printed can be read", page + "---\n" + printed->text);
  expect_equal(values_of(printed->text), values_of(page), "what is printed is printed the same again");
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto read = fuzz::parse(fuzz::text_of(bytes, size), "--print-config");
  const auto* end = std::get_if<config::exit>(&read);
  fuzz::expect(end != nullptr, "something is asked for, and printed");
  if (end->code == 0) {
    fuzz::expect_page(end->text);
  } else {
    fuzz::expect_mistakes(end->text);
  }
  return 0;
}
