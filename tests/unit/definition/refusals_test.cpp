#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "support.hpp"

/// Holds the loader's messages against the files under tests/data/definitions/bad.
namespace sagad::definition {
namespace {

// The texts of all string literals of a C++ source; those that stand side by side are one.
class literal_reader {
 public:
  explicit literal_reader(std::string_view source) : rest_(source) {}

  std::vector<std::string> read() {
    while (!rest_.empty()) {
      if (rest_.front() == '"') {
        take_quoted();
      } else if (rest_.substr(0, 2) == "//") {
        skip_line();
      } else if (rest_.front() == '#') {
        skip_line();  // an include's name is no text
        end_literal();
      } else if (rest_.front() == '\'') {
        skip_character();
        end_literal();
      } else {
        if (std::string_view(" \n").find(rest_.front()) == std::string_view::npos) end_literal();
        rest_.remove_prefix(1);
      }
    }
    end_literal();
    return std::move(all_);
  }

 private:
  void skip_line() { rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size())); }

  // 'x' and '\n', not the mark between the digits of 1'000.
  void skip_character() {
    const std::size_t width = rest_.substr(1, 1) == "\\" ? 4 : 3;
    rest_.remove_prefix(rest_.substr(width - 1, 1) == "'" ? width : 1);
  }

  void take_quoted() {
    std::size_t at = 1;
    for (; rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\') ++at;
      current_ += rest_[at];
    }
    rest_.remove_prefix(at + 1);
    is_open_ = true;
  }

  void end_literal() {
    if (is_open_) all_.push_back(std::move(current_));
    current_.clear();
    is_open_ = false;
  }

  std::string_view rest_;
  std::string current_;
  bool is_open_ = false;
  std::vector<std::string> all_;
};

// These tell of values, when a saga is started or goes on.
const std::set<std::string> sources_about_values = {"expression/containers.cpp",
                                                    "expression/evaluate.cpp",
                                                    "expression/numbers.cpp",
                                                    "expression/value.cpp",
                                                    "label.cpp",
                                                    "schema/comparable.cpp",
                                                    "schema/format.cpp",
                                                    "schema/input_schema.cpp",
                                                    "text_template.cpp"};

// Brought about elsewhere, as no small file can.
const std::map<std::string, std::string> tested_elsewhere = {
    {"reads one value more than the ", "thousands of values: load_test"},
    {" that a saga may read: read one value that holds several", "thousands of values: load_test"},
    {" are read: shorten it", "a text of a mebibyte: load_test"},
    {"with its defaults written out the definition has ", "hundreds of kilobytes: load_test"},
    {" are kept: shorten it", "hundreds of kilobytes: load_test"},
    {" bytes: at most ", "hundreds of kilobytes: load_test"},
    {"has a string without its closing quote", "nothing: a template's pieces end before such a string does"},
    {": no participant is, until `participants` in sagad's configuration says where each one listens",
     "of a configuration without any: load_test"},
    {"a value of any kind", "no kind at all: type_at_test"},
    {"a stored definition is damaged: ", "of what was stored: stored_test"},
    {"a stored definition is damaged: it is not in its canonical form", "of what was stored: stored_test"},
};

std::string all_expectations() {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator("tests/data/definitions/bad")) {
    if (entry.path().extension() == ".expected") all += test::read_file(entry.path());
  }
  return all;
}

// A message, or the part of one between two values: what has words.
bool is_message(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  const std::size_t last = text.find_last_not_of(' ');
  return first != std::string_view::npos && text.substr(first, last - first).find(' ') != std::string_view::npos;
}

TEST(refusals, each_message_of_the_loader_has_a_file_that_brings_it_about) {
  const std::string expected = all_expectations();
  const std::filesystem::path room = "orchestrator/definition";
  std::size_t messages = 0;
  auto elsewhere = tested_elsewhere;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(room)) {
    const auto name = entry.path().lexically_relative(room).string();
    const auto ending = entry.path().extension();
    if ((ending != ".cpp" && ending != ".hpp") || sources_about_values.count(name) != 0) continue;
    for (const auto& text : literal_reader(test::read_file(entry.path())).read()) {
      if (!is_message(text)) continue;
      ++messages;
      if (tested_elsewhere.count(text) != 0) {
        elsewhere.erase(text);
      } else {
        EXPECT_NE(expected.find(text), std::string::npos)
            << name << ": no file under tests/data/definitions/bad is told:\n"
            << text;
      }
    }
  }
  EXPECT_GT(messages, 150U);
  for (const auto& [text, reason] : elsewhere) ADD_FAILURE() << "no message any more: " << text;
}

TEST(refusals, literals_are_read_as_the_compiler_reads_them) {
  const auto read = [](std::string_view source) { return literal_reader(source).read(); };
  EXPECT_EQ(read("f(\"a b\"\n  \" c\", \"d\")"), (std::vector<std::string>{"a b c", "d"}));
  EXPECT_EQ(read("x == '\"' ? \"\\\"q\\\\\" : '\\'' // \"no\"\n"), (std::vector<std::string>{"\"q\\"}));
  EXPECT_EQ(read("#include \"a b\"\n1'000 + \"c\""), (std::vector<std::string>{"c"}));
}

TEST(refusals, each_source_about_values_is_there) {
  for (const auto& name : sources_about_values) {
    EXPECT_TRUE(std::filesystem::exists("orchestrator/definition/" + name)) << name;
  }
}

}  // namespace
}  // namespace sagad::definition
