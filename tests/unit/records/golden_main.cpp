// Writes tests/golden/records: `records_golden DIR` adds the files that are missing; with `--write` it replaces those
// that differ: right for JSON that has gained a member, and for bytes only while no journal holds them.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "records/as_json.hpp"
#include "records/codec.hpp"
#include "tests/support/sample_records.hpp"

namespace {

std::string content(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// False: the file holds something else, and stays.
bool put(const std::filesystem::path& path, const std::string& bytes, bool replace) {
  if (std::filesystem::exists(path)) {
    if (content(path) == bytes) return true;
    if (!replace) {
      std::cerr << path.string() << " holds something else: --write replaces it\n";
      return false;
    }
  }
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  std::cout << "wrote " << path.string() << '\n';
  return file.good();
}

}  // namespace

int main(int count, char** arguments) {
  const bool replace = count == 3 && std::string_view(arguments[2]) == "--write";
  if (count != 2 && !replace) {
    std::cerr << "usage: records_golden DIR [--write]\n";
    return 2;
  }
  const std::filesystem::path folder(arguments[1]);
  const auto definition = sagad::tests::sample_definition();
  bool all = true;
  for (const auto& sample : sagad::tests::sample_records()) {
    for (int format = 1; format <= sagad::newest_record_format(); ++format) {
      const auto bytes = sagad::tests::bytes_of(sample.record, static_cast<std::uint8_t>(format));
      const auto read = sagad::records::decode(bytes);
      std::string json;
      sagad::records::append_json(json, sagad::tests::sample_saga(), 1000 + sample.record.seq,
                                  std::get<sagad::engine::record>(read), *definition);
      const auto name = std::to_string(format) + "-" + sample.name;
      all &= put(folder / (name + ".record"), bytes, replace);
      all &= put(folder / (name + ".json"), json + '\n', replace);
    }
  }
  return all ? 0 : 1;
}
