#include "sagactl/junit.hpp"

#include <algorithm>

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

}  // namespace

std::string junit_report(const std::string& suite, const std::vector<junit_test>& tests) {
  const auto failures =
      std::count_if(tests.begin(), tests.end(), [](const junit_test& test) { return !test.failure.empty(); });
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite name=\"" + escaped(suite) +
                    "\" tests=\"" + std::to_string(tests.size()) + "\" failures=\"" + std::to_string(failures) +
                    "\" errors=\"0\">\n";
  for (const auto& test : tests) {
    out += "    <testcase classname=\"" + escaped(suite) + "\" name=\"" + escaped(test.name) + "\"";
    if (test.failure.empty()) {
      out += "/>\n";
      continue;
    }
    const auto first = test.failure.substr(0, test.failure.find('\n'));
    out += ">\n      <failure message=\"" + escaped(first) + "\">" + escaped(test.failure) +
           "</failure>\n    </testcase>\n";
  }
  return out + "  </testsuite>\n</testsuites>\n";
}

}  // namespace sagad::sagactl
