#include "sagactl/junit.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace sagad::sagactl {
namespace {

std::string escaped(const std::string& text) {
  std::string out;
  for (const char letter : text) {
    switch (letter) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default:
        // XML 1.0 has no other control characters, not even escaped.
        out += static_cast<unsigned char>(letter) < 0x20 && letter != '\n' && letter != '\t' ? '?' : letter;
    }
  }
  return out;
}

constexpr std::size_t message_characters_max = 500;

std::string shortened(const std::string& message) {
  const auto first = first_characters(message, message_characters_max);
  return first.size() == message.size() ? message : std::string(first) + "...";
}

std::string count(const std::vector<junit_test>& tests, junit_test::ending ended) {
  return std::to_string(
      std::count_if(tests.begin(), tests.end(), [ended](const junit_test& test) { return test.ended == ended; }));
}

}  // namespace

std::string junit_report(const std::string& suite, const std::vector<junit_test>& tests) {
  using ending = junit_test::ending;
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"" + escaped(suite) +
                    "\" tests=\"" + std::to_string(tests.size()) + "\" failures=\"" + count(tests, ending::failed) +
                    "\" errors=\"" + count(tests, ending::not_run) + "\">\n";
  for (const auto& test : tests) {
    out += "    <testcase classname=\"" + escaped(suite) + "\" name=\"" + escaped(test.name) + "\"";
    if (test.ended == ending::passed) {
      out += "/>\n";
      continue;
    }
    const std::string kind = test.ended == ending::failed ? "failure" : "error";
    out += ">\n      <" + kind + " message=\"" + escaped(shortened(test.message)) + "\">" + escaped(test.text) + "</" +
           kind + ">\n    </testcase>\n";
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace sagad::sagactl
