#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "journal/archiver.hpp"
#include "journal/journal.hpp"

namespace sagad {

/// What cannot begin says why in one line.
struct cannot_begin : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Another process has the journal open.
struct in_use : cannot_begin {
  using cannot_begin::cannot_begin;
};

/// What decides with it which histories go, and gets those that do; either may be missing.
struct trimming_parts {
  std::shared_ptr<journal::archiver> archive;
  std::function<millis(std::string_view start)> history_of;
};

/// A text that all processes of the journal share, `fresh` when it had none; nothing: it keeps no such texts, but lies
/// in a folder, or nowhere.
std::optional<std::string> shared_text(journal::store& store, const std::string& name, const std::string& fresh);

/// Before anything is put there: throws cannot_begin where the journal's folder is one of something else, named by
/// mistake. What is hidden does not count, nor what a file system brings with it or the configuration names.
void refuse_other_folder(const config::settings& settings);

/// The configured journal. Throws cannot_begin.
std::unique_ptr<journal::store> open_journal(const config::settings& settings, trimming_parts trimming = {});

}  // namespace sagad
