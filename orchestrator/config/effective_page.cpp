#include <algorithm>

#include "config/fields.hpp"
#include "config/pages.hpp"
#include "config/read_group.hpp"

namespace sagad::config {
namespace {

bool is_plain(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:-";
  return !text.empty() && text.find_first_not_of(letters) == std::string_view::npos && text.back() != ':' &&
         text.front() != ':' && text.front() != '-' && text != "null" && text != "Null" && text != "NULL" &&
         text.find("---") == std::string_view::npos;
}

std::string scalar(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  constexpr std::string_view hex = "0123456789abcdef";
  std::string quoted = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (letter == '"' || letter == '\\') {
      quoted += {'\\', letter};
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += {'\\', 'x', hex[byte >> 4U], hex[byte & 15U]};
    } else {
      quoted += letter;
    }
  }
  return quoted + "\"";
}

std::string list(const std::vector<std::string>& items) {
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + scalar(item);
  return "[" + text + "]";
}

std::string value_of(const bound_field& field) {
  if (const auto* const* many = std::get_if<std::vector<std::string>*>(&field.to)) return list(**many);
  const auto text = format(*field.about, field.to);
  return field.about->is == kind::text ? scalar(text) : text;
}

std::string origin_of(const draft& read, const std::string& key) {
  const auto found = read.origins.find(key);
  return found == read.origins.end() ? "default" : found->second.shown();
}

// `path` is what stands before the keys in origins.
std::string lines(const draft& read, const std::string& path, const std::string& indent,
                  const std::vector<bound_field>& fields) {
  std::string text;
  std::string_view open_group;
  for (const auto& each : fields) {
    if (each.about->is == kind::table) continue;
    const auto key = each.about->key;
    const auto name = last_name(key);
    const auto group = key.substr(0, key.size() - name.size());
    if (group != open_group && !group.empty()) {
      text += indent + std::string(group.substr(0, group.size() - 1)) + ":\n";
    }
    open_group = group;
    text += indent + (group.empty() ? "" : "  ") + std::string(name) + ": " + value_of(each) + "  # " +
            origin_of(read, path + std::string(key)) + "\n";
  }
  return text;
}

std::string token_lines(const draft& read) {
  if (read.wanted.tokens.empty()) return "tokens: []  # " + origin_of(read, "tokens") + "\n";
  std::string text = "tokens:  # " + origin_of(read, "tokens") + "\n";
  for (const auto& each : read.wanted.tokens) {
    std::vector<std::string> roles;
    for (const auto role : each.roles) roles.emplace_back(name(role));
    text += "  - name: " + scalar(each.name) + "\n    # token_sha256 is not shown\n    roles: " + list(roles) + "\n";
    if (!each.definitions.empty()) text += "    definitions: " + list(each.definitions) + "\n";
  }
  return text;
}

std::string participant_lines(const draft& read) {
  if (read.wanted.participants.empty()) return "participants: {}  # " + origin_of(read, "participants") + "\n";
  std::string text = "participants:  # " + origin_of(read, "participants") + "\n";
  for (auto each : read.wanted.participants) {
    auto fields = bind(participant_fields(), each);
    // Of the credentials what is set; without a source there are none.
    fields.erase(std::remove_if(fields.begin(), fields.end(),
                                [&](const bound_field& field) {
                                  if (field.about->key == "credentials.header") return each.called.credentials.empty();
                                  const auto* const* text_at = std::get_if<std::string*>(&field.to);
                                  return text_at != nullptr && (*text_at)->empty();
                                }),
                 fields.end());
    text += "  " + each.called.name + ":\n" + lines(read, "participants." + each.called.name + ".", "    ", fields);
  }
  return text;
}

std::string retention_lines(const draft& read) {
  if (read.wanted.retentions.empty()) return "retentions: {}  # " + origin_of(read, "retentions") + "\n";
  std::string text = "retentions:  # " + origin_of(read, "retentions") + "\n";
  for (auto each : read.wanted.retentions) {
    text += "  " + each.definition + ":\n" +
            lines(read, "retentions." + each.definition + ".", "    ", bind(retention_fields(), each));
  }
  return text;
}

}  // namespace

std::string effective_page(const draft& read) {
  settings shown = read.wanted;
  return "# The configuration as it would hold, and where each value comes from.\n" +
         lines(read, {}, {}, bind(setting_fields(), shown)) + token_lines(read) + participant_lines(read) +
         retention_lines(read);
}

}  // namespace sagad::config
