#pragma once

#include "journal/journal.hpp"

namespace sagad::tests {

/// Another journal, as it is: for those that change one thing about it.
class forwarding_store : public journal::store {
 public:
  explicit forwarding_store(journal::store& whole) : whole_(whole) {}

  const journal::opening& opened() const override { return whole_.opened(); }
  std::unique_ptr<journal::appender> make_appender(std::function<void()> wake) override {
    return whole_.make_appender(std::move(wake));
  }
  std::vector<journal::stored_record> read(const saga_id& saga) override { return whole_.read(saga); }
  bool has(const saga_id& saga) override { return whole_.has(saga); }
  std::optional<journal::key_holder> find_key(std::string_view key, millis now) override {
    return whole_.find_key(key, now);
  }
  std::vector<journal::live_saga> live() override { return whole_.live(); }
  journal::cursor oldest() const override { return whole_.oldest(); }
  journal::cursor scan(journal::cursor from, std::size_t count,
                       const std::function<void(const journal::stored_record&)>& visit) override {
    return whole_.scan(from, count, visit);
  }
  journal::cursor end() const override { return whole_.end(); }
  bool trim(millis now) override { return whole_.trim(now); }
  std::vector<saga_id> carried() override { return whole_.carried(); }
  journal::stored_definition put_definition(const std::string& name, const std::string& canonical) override {
    return whole_.put_definition(name, canonical);
  }
  bool retire_definition(const std::string& name) override { return whole_.retire_definition(name); }
  std::vector<journal::stored_definition> definitions() override { return whole_.definitions(); }
  journal::definition_news definitions_after(std::size_t known) override { return whole_.definitions_after(known); }
  bool look_for_definitions() override { return whole_.look_for_definitions(); }
  journal::statistics measured() const override { return whole_.measured(); }

 protected:
  journal::store& whole_;
};

}  // namespace sagad::tests
