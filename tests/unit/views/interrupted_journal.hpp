#pragma once

#include "tests/support/forwarding_store.hpp"

namespace sagad::views::tests {

/// Another journal, whose scans meet an unreadable place after so many records, until it is mended.
class interrupted_journal final : public sagad::tests::forwarding_store {
 public:
  interrupted_journal(journal::store& whole, std::size_t readable) : forwarding_store(whole), readable_(readable) {}
  void mend() noexcept { mended_ = true; }

  journal::cursor scan(journal::cursor from, std::size_t count,
                       const std::function<void(const journal::stored_record&)>& visit) override {
    std::size_t visited = 0;
    return whole_.scan(from, count, [&](const journal::stored_record& record) {
      if (!mended_ && ++visited > readable_) throw journal::damaged("an unreadable place");
      visit(record);
    });
  }
  std::optional<journal::key_holder> find_key(std::string_view key, millis now) override {
    if (!mended_) throw journal::damaged("an unreadable place");
    return whole_.find_key(key, now);
  }

 private:
  std::size_t readable_;
  bool mended_ = false;
};

}  // namespace sagad::views::tests
