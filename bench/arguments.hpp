#pragma once

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <string>

namespace sagad::bench {

/// `--name value` pairs. A value that is missing or no number ends the program with a sentence.
class arguments {
 public:
  arguments(int count, char** values) {
    for (int i = 1; i < count; i += 2) {
      std::string const name = values[i];
      if (!name.starts_with("--") || i + 1 == count) fail("arguments are written --name value: " + name);
      given_[name.substr(2)] = values[i + 1];
    }
  }

  std::string text(const std::string& name, const std::string& otherwise = {}) const {
    auto const found = given_.find(name);
    return found == given_.end() ? otherwise : found->second;
  }

  double number(const std::string& name, double otherwise) const {
    auto const found = given_.find(name);
    if (found == given_.end()) return otherwise;
    char* end = nullptr;
    double const value = std::strtod(found->second.c_str(), &end);
    if (*end != '\0' || value < 0) fail("--" + name + " is to be a number: " + found->second);
    return value;
  }

  [[noreturn]] static void fail(const std::string& why) {
    std::cerr << why << '\n';
    std::exit(2);
  }

 private:
  std::map<std::string, std::string> given_;
};

/// Tells who waits for it where this program listens.
inline void write_port(const std::string& file, unsigned port) {
  if (file.empty()) {
    std::cout << port << std::endl;
    return;
  }
  {
    std::ofstream out(file + ".new");
    out << port << '\n';
  }
  if (std::rename((file + ".new").c_str(), file.c_str()) != 0) arguments::fail("cannot write " + file);
}

}  // namespace sagad::bench
