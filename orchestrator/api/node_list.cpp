#include "api/node_list.hpp"

#include <stdexcept>

#include "json/json.hpp"

namespace sagad::api {
namespace {

void append_node(std::string& out, const journal::node& one) {
  out += "{\"name\":";
  json::append_string(out, one.name);
  if (!one.address.empty()) {
    out += ",\"address\":";
    json::append_string(out, one.address);
  }
  out += ",\"partitions\":[";
  for (const auto partition : one.owns) {
    if (out.back() != '[') out += ',';
    out += std::to_string(partition);
  }
  out += "],\"reads_format\":" + std::to_string(one.reads_format);
  out += ",\"silent_ms\":" + std::to_string(one.silent_for);
  out += one.leaving ? ",\"leaving\":true}" : ",\"leaving\":false}";
}

}  // namespace

node_list::node_list(looking look, std::size_t askers_max)
    : look_(std::move(look)), askers_max_(askers_max), thread_([this] { run(); }) {}

node_list::~node_list() {
  {
    const std::lock_guard lock(guard_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void node_list::ask(telling tell) {
  {
    const std::lock_guard lock(guard_);
    if (!stopping_ && askers_.size() < askers_max_) {
      askers_.push_back(std::move(tell));
      changed_.notify_one();
      return;
    }
  }
  tell(std::nullopt);
}

void node_list::run() {
  std::unique_lock lock(guard_);
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || !askers_.empty(); });
    auto now = std::move(askers_);
    askers_.clear();
    if (stopping_) {
      lock.unlock();
      for (auto& tell : now) tell(std::nullopt);
      return;
    }
    lock.unlock();
    const auto found = look();
    for (auto& tell : now) tell(found);
    lock.lock();
  }
}

std::optional<node_list::nodes> node_list::look() const {
  try {
    return look_();
  } catch (const std::runtime_error&) {
    return std::nullopt;
  }
}

std::string nodes_json(const node_list::nodes& all) {
  std::string out = "{\"nodes\":[";
  for (const auto& one : all) {
    if (out.back() != '[') out += ',';
    append_node(out, one);
  }
  return out + "]}";
}

}  // namespace sagad::api
