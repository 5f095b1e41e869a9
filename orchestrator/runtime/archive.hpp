#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/digest.hpp"
#include "definition/definition.hpp"
#include "journal/archiver.hpp"

namespace sagad::runtime {

/// Keeps histories in `DIR/sagas-<number>-<time>.ndjson.zst`, a file a piece of the journal: each record a line, as
/// events show it, saga after saga. A file has its name when all of it is on the disk. One thread.
class archive final : public journal::archiver {
 public:
  using definition_source = std::function<definition::definition_ptr(const digest& content)>;

  /// Makes the folder where it is missing. Throws std::system_error.
  explicit archive(std::string directory);
  ~archive() override;
  archive(const archive&) = delete;
  archive& operator=(const archive&) = delete;

  /// Before the first piece: where the definitions are found, whose names stand in the lines.
  void know(definition_source definitions);

  void begin(std::uint64_t number, millis newest) override;
  void add(const std::vector<journal::stored_record>& records) override;
  void finish() override;

 private:
  class compressed_file;

  std::string directory_;
  definition_source definitions_;
  std::string path_;
  std::string lines_;
  std::unique_ptr<compressed_file> under_way_;
};

}  // namespace sagad::runtime
