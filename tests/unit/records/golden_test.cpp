#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "records/as_json.hpp"
#include "records/codec.hpp"
#include "tests/support/sample_records.hpp"

namespace {

using sagad::engine::record;

const std::filesystem::path folder = "tests/golden/records";

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path.string() + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string as_json(const record& made) {
  std::string json;
  sagad::records::append_json(json, sagad::tests::sample_saga(), 1000 + made.seq, made,
                              *sagad::tests::sample_definition());
  return json + '\n';
}

std::set<std::filesystem::path> files(const std::string& extension) {
  std::set<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == extension) found.insert(entry.path());
  }
  return found;
}

TEST(golden_records, of_every_format_are_read_as_what_they_were) {
  const auto records = files(".record");
  ASSERT_FALSE(records.empty());
  for (auto path : records) {
    SCOPED_TRACE(path.string());
    const auto bytes = content(path);
    const auto outcome = sagad::records::decode(bytes);
    const auto* made = std::get_if<record>(&outcome);
    ASSERT_NE(made, nullptr) << std::get<sagad::records::unreadable>(outcome).why;
    EXPECT_EQ(as_json(*made), content(path.replace_extension(".json")));
  }
}

TEST(golden_records, are_what_it_writes_in_each_format) {
  for (const auto& sample : sagad::tests::sample_records()) {
    for (int format = 1; format <= sagad::newest_record_format(); ++format) {
      const auto name = std::to_string(format) + "-" + sample.name;
      SCOPED_TRACE(name);
      const auto bytes = sagad::tests::bytes_of(sample.record, static_cast<std::uint8_t>(format));
      EXPECT_EQ(bytes, content(folder / (name + ".record")));
    }
  }
}

TEST(golden_records, hold_every_fact_and_every_kind_of_input) {
  std::set<int> facts;
  std::set<int> inputs;
  for (const auto& path : files(".record")) {
    const auto bytes = content(path);
    const auto outcome = sagad::records::decode(bytes);
    const auto& made = std::get<record>(outcome);
    inputs.insert(static_cast<int>(made.cause));
    for (const auto& event : made.events) facts.insert(static_cast<int>(event.what));
  }
  for (int fact = 1; fact <= static_cast<int>(sagad::engine::fact::passed_over); ++fact) {
    EXPECT_EQ(facts.count(fact), 1U) << fact;
  }
  for (int input = 1; input <= static_cast<int>(sagad::engine::input_kind::command); ++input) {
    EXPECT_EQ(inputs.count(input), 1U) << input;
  }
}

TEST(golden_records, come_in_pairs) {
  EXPECT_EQ(files(".record").size(), files(".json").size());
}

}  // namespace
