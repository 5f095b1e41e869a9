#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sagad::sagactl {

/// One test as build servers read it.
struct junit_test {
  enum class ending : std::uint8_t {
    passed,
    failed,
    not_run,  ///< an error, in JUnit's words: what was to be run is wrong itself
  };

  std::string name;
  ending ended = ending::passed;
  std::string message;  ///< one line, of which the first 500 characters are shown
  std::string text;     ///< all that there is to say
};

/// The report of one suite, in the XML that JUnit's Ant task made and every build server reads.
std::string junit_report(const std::string& suite, const std::vector<junit_test>& tests);

}  // namespace sagad::sagactl
