#include "journal/log/key_holders.hpp"

#include <exception>

namespace sagad::journal::log {

std::optional<key_holder> key_holders::find(std::string_view key, std::uint64_t hash, millis now,
                                            index::reader who) const {
  for (;;) {
    const auto oldest = index_.oldest();
    const auto found = look(key, hash, now, who);
    // What was freed meanwhile may have been looked for where it was, and copied since.
    if (found || index_.oldest() == oldest) return found;
  }
}

std::optional<key_holder> key_holders::look(std::string_view key, std::uint64_t hash, millis now,
                                            index::reader who) const {
  std::vector<offset> places;
  index_.find_keys(hash, who, places);
  std::optional<key_holder> last;
  std::exception_ptr unreadable;
  for (const auto at : places) {
    try {
      const auto found = claim_at(at, key, who);
      if (!found || (found->ended != never && is_over(found->ended, kept_, now))) continue;
      // By ids, which rise with time: the places of copies say nothing of who came last.
      if (!last || last->saga < found->holder.saga) last = found->holder;
    } catch (const damaged&) {
      // Another place may tell.
      if (!unreadable) unreadable = std::current_exception();
    }
  }
  if (!last && unreadable) std::rethrow_exception(unreadable);
  return last;
}

std::optional<key_holders::claim> key_holders::claim_at(offset at, std::string_view key, index::reader who) const {
  for (;;) {
    const auto oldest = index_.oldest();
    if (at < oldest) return claim_in_files(at, key);
    try {
      return claim_in_log(at, key, who);
    } catch (const damaged&) {
      // What was to be read may just have been freed.
      if (index_.oldest() == oldest) throw;
    }
  }
}

std::optional<key_holders::claim> key_holders::claim_in_files(offset at, std::string_view key) const {
  const auto found = files_.at(at);
  if (!found || found->key != key) return std::nullopt;
  return claim{{found->saga, found->request_bytes, found->request_canonical}, found->ended};
}

std::optional<key_holders::claim> key_holders::claim_in_log(offset at, std::string_view key, index::reader who) const {
  std::string buffer;
  const auto record = reader_.record_at(at, buffer);
  if (!record.has_key || record.key != key) return std::nullopt;
  claim found{{record.saga, record.request_bytes, record.request_canonical}, never};
  if (live_.find(record.saga)) return found;
  const auto newest = index_.find_finished(record.saga, who);
  // A copy of a start whose saga is gone: a key file has the start itself.
  if (!newest) return std::nullopt;
  found.ended = reader_.record_at(*newest, buffer).time;
  return found;
}

}  // namespace sagad::journal::log
