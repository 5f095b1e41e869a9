#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "definition/definition.hpp"
#include "engine/engine.hpp"

namespace sagad::engine {

/// What templates read of a saga: its kept slices, and those that an input has just brought. Views into the saga and
/// the input; lives for one decision.
class slice_values {
 public:
  explicit slice_values(const saga& saga) {
    const auto& sources = saga.definition->slices;
    values_.reserve(sources.size());
    for (std::size_t at = 0; at < sources.size(); ++at) {
      values_.push_back(sources[at].from == definition::slice_source::root::saga_id
                            ? quoted(saga.id)
                            : saga.slices.get(static_cast<definition::slice_no>(at)));
    }
  }
  slice_values(const slice_values&) = delete;
  slice_values& operator=(const slice_values&) = delete;

  void learn(definition::slice_no slice, std::string_view raw) { values_[slice] = raw; }

  definition::slice_values all() const noexcept { return {values_.data(), values_.size()}; }

  /// Renders a declared request; `edited` replaces its body unless empty.
  std::optional<std::string> render(const definition::operation& declared, std::string_view edited,
                                    request& out) const {
    out.method = declared.method;
    out.target.clear();
    out.body.clear();
    out.headers.clear();
    if (auto error = declared.target.render(all(), target_bytes_max, out.target)) return error;
    for (const auto& header : declared.headers) {
      if (auto error = render(header, out.headers)) return "the header `" + header.name + "`: " + *error;
    }
    if (!edited.empty()) {
      out.body.assign(edited);
      return std::nullopt;
    }
    if (declared.body.empty()) return std::nullopt;
    return declared.body.render(all(), request_bytes_max, out.body);
  }

  static constexpr std::size_t target_bytes_max = 8192;

 private:
  std::string_view quoted(const saga_id& id) {
    id_.front() = id_.back() = '"';
    id.write(id_.data() + 1);
    return {id_.data(), id_.size()};
  }

  std::optional<std::string> render(const definition::header& header, std::string& out) const {
    out.append(header.name).append(": ");
    if (auto error = header.value.render(all(), headers_bytes_max, out)) return error;
    out += "\r\n";
    if (out.size() <= headers_bytes_max) return std::nullopt;
    return "the headers grow larger than " + std::to_string(headers_bytes_max) + " bytes";
  }

  std::array<char, saga_id::text_size + 2> id_{};
  boost::container::small_vector<std::string_view, 16> values_;
};

}  // namespace sagad::engine
