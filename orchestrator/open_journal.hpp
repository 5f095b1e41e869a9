#pragma once

#include <memory>
#include <stdexcept>

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

/// The configured journal; `archive`, if any, gets what it frees. Throws cannot_begin.
std::unique_ptr<journal::store> open_journal(const config::settings& settings,
                                             std::shared_ptr<journal::archiver> archive = nullptr);

}  // namespace sagad
