#include "config/read_file.hpp"

#include <algorithm>
#include <set>

#include "config/checks.hpp"
#include "config/fields.hpp"
#include "config/read_group.hpp"
#include "config/read_text.hpp"
#include "config/read_yaml.hpp"

namespace sagad::config {
namespace {

class file_reader {
 public:
  file_reader(const std::string& path, const environment& variables, draft& into)
      : path_(path), variables_(variables), into_(into) {}

  void read(const node& root) {
    if (root.is != node::type::mapping) {
      tell(root.at, "a configuration is names and values, as in `listen: 127.0.0.1:7070`");
      return;
    }
    read_group(root, {path_, {}}, bind(setting_fields(), into_.wanted), into_);
    for (const auto& member : root.members) {
      if (member.name == "tokens") read_tokens(member.value);
      if (member.name == "participants") read_participants(member.value);
      if (member.name == "retentions") read_retentions(member.value);
    }
  }

 private:
  void tell(place at, std::string text) { into_.found.add({origin::from::file, path_, at}, std::move(text)); }

  void read_tokens(const node& from) {
    if (from.is != node::type::list) {
      tell(from.at, "tokens: is a list: begin each token with `- name:`");
      return;
    }
    if (from.items.size() > tokens_max) {
      tell(from.at, "tokens: has more than " + std::to_string(tokens_max) + " items");
      return;
    }
    std::set<std::string> names;
    std::set<digest> hashes;
    for (const auto& item : from.items) {
      const auto before = into_.found.size();
      token_entry entry;
      read_group(item, {path_, "tokens."}, bind(token_fields(), entry), into_);
      if (!entry.name.empty() && !names.insert(entry.name).second) {
        tell(item.at, "tokens.name: `" + entry.name + "` names another token, too: give each its own");
      }
      const auto hash = digest::parse_hex(entry.token_sha256);
      if (hash && !hashes.insert(*hash).second) {
        tell(item.at, "tokens.token_sha256: another token has the same: give each its own");
      }
      const bool client = std::count(entry.roles.begin(), entry.roles.end(), "client") != 0;
      if (before == into_.found.size() && client == entry.definitions.empty()) {
        tell(item.at, client ? "tokens.definitions: is missing: a client's token names what it may start, as in [sale]"
                             : "tokens.definitions: is for clients alone: leave it out or add `client` to the roles");
      }
      if (before == into_.found.size()) into_.wanted.tokens.push_back(token_of(entry, *hash));
    }
  }

  static token token_of(const token_entry& entry, const digest& hash) {
    token made{entry.name, hash, {}, entry.definitions};
    for (const auto each : {role::client, role::developer, role::operations, role::reader}) {
      if (std::count(entry.roles.begin(), entry.roles.end(), name(each)) != 0) made.roles.push_back(each);
    }
    return made;
  }

  void read_participants(const node& from) {
    if (from.is != node::type::mapping) {
      tell(from.at, "participants: is a mapping: begin each with its name, as in `escrow:`");
      return;
    }
    if (from.members.size() > participants_max) {
      tell(from.at, "participants: has more than " + std::to_string(participants_max));
      return;
    }
    for (const auto& member : from.members) {
      if (const auto why = check::name(member.name); !why.empty()) tell(member.at, "participants: " + why);
      participant made;
      made.called.name = member.name;
      const std::string prefix = "participants." + member.name + ".";
      auto value = member.value;
      if (value.is == node::type::nothing) value = {node::type::mapping, member.at, {}, {}, {}};
      read_group(value, {path_, prefix}, bind(participant_fields(), made), into_);
      read_credentials(prefix, made);
      into_.wanted.participants.push_back(std::move(made));
    }
  }

  void read_retentions(const node& from) {
    if (from.is != node::type::mapping) {
      tell(from.at, "retentions: is a mapping: begin each with a definition's name, as in `sale: {history: 90d}`");
      return;
    }
    for (const auto& member : from.members) {
      if (const auto why = check::name(member.name); !why.empty()) tell(member.at, "retentions: " + why);
      definition_retention made{member.name, 0};
      read_group(member.value, {path_, "retentions." + member.name + "."}, bind(retention_fields(), made), into_);
      into_.wanted.retentions.push_back(std::move(made));
    }
  }

  // The value itself is in no message.
  void read_credentials(const std::string& prefix, participant& into) {
    const auto place = into_.origins.find(prefix + "credentials");
    if (place == into_.origins.end()) return;
    const auto key = prefix + "credentials: ";
    if (into.credentials_env.empty() == into.credentials_file.empty()) {
      if (into_.origins.count(prefix + "credentials.value_env") +
              into_.origins.count(prefix + "credentials.value_file") ==
          1) {
        return;  // what is wrong with the one that stands there is told already
      }
      into_.found.add(place->second, key + "write one of value_env and value_file");
      return;
    }
    const bool from_file = into.credentials_env.empty();
    const auto& where = into_.origins[prefix + (from_file ? "credentials.value_file" : "credentials.value_env")];
    std::string value;
    if (from_file) {
      auto read = read_text(into.credentials_file, credentials_bytes_max);
      if (!read.bytes) {
        into_.found.add(where, key + read.why_not);
        return;
      }
      value = std::move(*read.bytes);
      if (!value.empty() && value.back() == '\n') value.pop_back();
      if (!value.empty() && value.back() == '\r') value.pop_back();
    } else if (const auto set = variables_(into.credentials_env)) {
      value = *set;
    } else {
      into_.found.add(where, key + "the variable " + into.credentials_env + " is not set");
      return;
    }
    const bool printable = std::none_of(
        value.begin(), value.end(), [](char letter) { return (letter >= '\0' && letter < ' ') || letter == '\x7f'; });
    if (value.empty() || value.size() > credentials_bytes_max || !printable) {
      into_.found.add(where, key + "what is there is empty, too long or more than one line: it goes into one header");
      return;
    }
    into.called.credentials = into.credentials_header + ": " + value + "\r\n";
  }

  const std::string& path_;
  const environment& variables_;
  draft& into_;
};

}  // namespace

void read_file(const std::string& path, const origin& named_by, const environment& variables, draft& into) {
  const auto text = read_text(path, file_bytes_max);
  if (!text.bytes) {
    into.found.add(named_by, text.why_not);
    return;
  }
  if (const auto root = read_yaml(*text.bytes, path, into.found)) file_reader(path, variables, into).read(*root);
}

}  // namespace sagad::config
