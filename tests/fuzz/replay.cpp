#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/property.hpp"

// A fuzz target without a fuzzer: runs each file named, and those of each folder named, through it once. Where it ends
// badly, the last line of its output names the input.

namespace {

std::vector<std::filesystem::path> inputs_of(const std::filesystem::path& named) {
  if (!std::filesystem::is_directory(named)) return {named};
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(named)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool run_file(const std::filesystem::path& file) {
  std::cout << file.string() << std::endl;
  std::ifstream in(file, std::ios::binary);
  if (!in) return false;
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  for (int at = 1; at < count; ++at) {
    const auto files = inputs_of(arguments[at]);
    if (files.empty()) {
      std::cout << arguments[at] << ": there is no input" << std::endl;
      return 1;
    }
    for (const auto& file : files) {
      if (!run_file(file)) return 1;
    }
  }
  return 0;
}
