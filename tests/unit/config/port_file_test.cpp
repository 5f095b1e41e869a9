#include "config/port_file.hpp"

#include <system_error>

#include "tests/unit/config/support.hpp"

namespace sagad::config {
namespace {

TEST(port_file, holds_the_port_and_nothing_is_left_beside_it) {
  const temporary_folder folder;
  const auto path = folder.write("port", "an older and longer content\n");
  write_port_file(path, 40001);
  EXPECT_EQ(text_of(path), "40001\n");
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(port_file, a_path_that_cannot_be_written_is_named) {
  const temporary_folder folder;
  const auto path = folder.path("none/port");
  try {
    write_port_file(path, 1);
    FAIL() << "written into a folder that is not there";
  } catch (const std::system_error& error) {
    EXPECT_NE(std::string(error.what()).find(path), std::string::npos);
    EXPECT_EQ(error.code().value(), ENOENT);
  }
}

TEST(port_file, a_failed_write_leaves_no_file_behind) {
  const temporary_folder folder;
  std::filesystem::create_directory(folder.path("port"));
  EXPECT_THROW(write_port_file(folder.path("port"), 1), std::system_error);
  const auto files = std::filesystem::directory_iterator(folder.path());
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(port_file, without_a_path_nothing_is_written) {
  EXPECT_NO_THROW(write_port_file("", 1));
}

}  // namespace
}  // namespace sagad::config
