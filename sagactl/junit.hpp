#pragma once

#include <string>
#include <vector>

namespace sagad::sagactl {

/// One test as build servers read it; `failure` is empty where it passed.
struct junit_test {
  std::string name;
  std::string failure;
};

/// The report of one suite, in the XML that JUnit's Ant task made and every build server reads.
std::string junit_report(const std::string& suite, const std::vector<junit_test>& tests);

}  // namespace sagad::sagactl
