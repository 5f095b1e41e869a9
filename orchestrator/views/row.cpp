#include "views/row.hpp"

#include <algorithm>
#include <tuple>

#include "base/utf8.hpp"
#include "json/cursor.hpp"
#include "json/json.hpp"

namespace sagad::views {
namespace {

// Little-endian numbers and texts with their length: read back by this program's version alone.
void put(std::string& out, std::uint32_t value, unsigned bytes) {
  for (unsigned at = 0; at < bytes; ++at) out += static_cast<char>(value >> (8 * at) & 0xffU);
}

void put(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()), 2);
  out += text;
}

class unpacker {
 public:
  explicit unpacker(std::string_view bytes) : left_(bytes) {}

  std::uint32_t number(unsigned bytes) {
    std::uint32_t value = 0;
    if (left_.size() < bytes) return fail(), 0;
    for (unsigned at = 0; at < bytes; ++at) {
      value |= static_cast<std::uint32_t>(static_cast<unsigned char>(left_[at])) << (8 * at);
    }
    left_.remove_prefix(bytes);
    return value;
  }
  std::string text() {
    const auto size = number(2);
    if (left_.size() < size) return fail(), std::string();
    std::string found(left_.substr(0, size));
    left_.remove_prefix(size);
    return found;
  }
  bool good() const noexcept { return good_ && left_.empty(); }

 private:
  void fail() noexcept {
    good_ = false;
    left_ = {};
  }

  std::string_view left_;
  bool good_ = true;
};

constexpr std::uint32_t blocked_bit = 1;
constexpr std::uint32_t accepted_bit = 2;

}  // namespace

bool turning::by_a_step() const noexcept {
  return why == engine::cause::rejected || why == engine::cause::rendering || why == engine::cause::budget_spent;
}

shown state_of(const row& row) noexcept {
  if (!row.broken.empty()) return shown::stuck;
  if (row.phase == lifecycle::phase::completed) return shown::completed;
  if (row.phase == lifecycle::phase::compensated) return shown::compensated;
  if (row.phase == lifecycle::phase::resolved) return shown::resolved;
  if (lifecycle::is_paused(row.phase)) return shown::paused;
  const bool stuck = std::any_of(row.troubles.begin(), row.troubles.end(), [](const auto& one) { return one.blocked; });
  if (stuck) return shown::stuck;
  return lifecycle::is_backward(row.phase) ? shown::compensating : shown::running;
}

const trouble* worst(const row& row) noexcept {
  const auto order = [](const trouble& one) {
    return std::tuple(!one.blocked, one.operation.step, static_cast<int>(one.operation.side));
  };
  const trouble* found = nullptr;
  for (const auto& one : row.troubles) {
    const bool shows = !one.accepted && (one.blocked || one.error != engine::cause::none);
    if (shows && (found == nullptr || order(one) < order(*found))) found = &one;
  }
  return found;
}

void for_each_label(const row& row, const std::function<void(std::string, std::string)>& visit) {
  if (row.labels.empty()) return;
  json::cursor at(row.labels);
  at.members([&](std::string_view name) {
    const auto value = at.take();
    visit(json::unescape(name), json::unescape(value));
    return true;
  });
}

std::string_view beginning(std::string_view text) noexcept {
  return sagad::beginning(text, detail_bytes_max);
}

std::string pack(const row& row) {
  if (row.turned.why == engine::cause::none && row.troubles.empty() && row.broken.empty()) return {};
  std::string out;
  put(out, row.broken);
  put(out, static_cast<std::uint32_t>(row.turned.why), 1);
  put(out, row.turned.step, 2);
  put(out, row.turned.detail);
  put(out, static_cast<std::uint32_t>(row.troubles.size()), 2);
  for (const auto& one : row.troubles) {
    put(out, one.operation.step, 2);
    put(out, static_cast<std::uint32_t>(one.operation.side), 1);
    put(out, (one.blocked ? blocked_bit : 0U) | (one.accepted ? accepted_bit : 0U), 1);
    put(out, static_cast<std::uint32_t>(one.error), 1);
    put(out, static_cast<std::uint32_t>(one.blocked_by), 1);
    put(out, one.status, 2);
    put(out, one.detail);
  }
  return out;
}

bool unpack(std::string_view bytes, row& row) {
  row.broken.clear();
  row.turned = {};
  row.troubles.clear();
  if (bytes.empty()) return true;
  unpacker from(bytes);
  row.broken = from.text();
  row.turned.why = static_cast<engine::cause>(from.number(1));
  row.turned.step = static_cast<step_no>(from.number(2));
  row.turned.detail = from.text();
  const auto count = from.number(2);
  for (std::uint32_t at = 0; at < count; ++at) {
    auto& one = row.troubles.emplace_back();
    one.operation.step = static_cast<step_no>(from.number(2));
    one.operation.side = static_cast<engine::side>(from.number(1));
    const auto flags = from.number(1);
    one.blocked = (flags & blocked_bit) != 0;
    one.accepted = (flags & accepted_bit) != 0;
    one.error = static_cast<engine::cause>(from.number(1));
    one.blocked_by = static_cast<engine::cause>(from.number(1));
    one.status = static_cast<std::uint16_t>(from.number(2));
    one.detail = from.text();
  }
  return from.good();
}

}  // namespace sagad::views
