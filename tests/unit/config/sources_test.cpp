#include "config/fields.hpp"
#include "tests/unit/config/support.hpp"

namespace sagad::config {
namespace {

struct sample {
  const char* key;
  const char* value;  // another one than the default
};

constexpr sample samples[] = {
    {"listen", "[::1]:0"},
    {"port_file", "p"},
    {"public_url", "http://a:1/b"},
    {"journal", "memory:"},
    {"log_segment_bytes", "4MiB"},
    {"history_retention", "7d"},
    {"start_key_retention", "31d"},
    {"archive", "/var/archive"},
    {"views", "v.db"},
    {"views_lag_max", "12s"},
    {"definitions", "."},
    {"reactors", "3"},
    {"drain", "0s"},
    {"lease", "3s"},
    {"limits.body_bytes_max", "2KiB"},
    {"limits.header_bytes_max", "3KiB"},
    {"limits.connections_max", "4"},
    {"limits.request_time_max", "5s"},
    {"limits.idle_time_max", "6s"},
    {"limits.write_time_max", "7s"},
    {"limits.wait_max", "8m"},
    {"limits.live_sagas_max", "9"},
    {"limits.definitions_max", "17"},
    {"limits.waiters_max", "10"},
    {"limits.lists_max", "13"},
    {"limits.event_streams_max", "14"},
    {"limits.batches_max", "15"},
    {"limits.batch_bytes_max", "16MiB"},
    {"limits.log_reserve_bytes", "11MiB"},
};

const field<settings>* find(const std::string& key) {
  for (const auto& each : setting_fields()) {
    if (each.about.key == key) return &each;
  }
  return nullptr;
}

// Every setting of what was parsed, in the order of the table.
std::string shown(settings wanted) {
  std::string text;
  for (const auto& each : setting_fields()) {
    if (is_scalar(each.about)) text += std::string(each.about.key) + "=" + format(each.about, each.in(wanted)) + "\n";
  }
  return text;
}

std::string in_file(const sample& one) {
  const std::string key = one.key;
  const auto dot = key.find('.');
  const auto line = std::string(last_name(key)) + ": \"" + one.value + "\"\n";
  return dot == std::string::npos ? line : key.substr(0, dot) + ":\n  " + line;
}

TEST(sources, every_setting_has_a_sample_here) {
  std::size_t scalars = 0;
  for (const auto& each : setting_fields()) scalars += is_scalar(each.about) ? 1 : 0;
  EXPECT_EQ(scalars, std::size(samples));
}

TEST(sources, file_variable_and_flag_set_one_setting_and_no_other) {
  const temporary_folder folder;
  const auto defaults = shown({});
  for (const auto& each : samples) {
    const auto* setting = find(each.key);
    ASSERT_NE(setting, nullptr) << each.key;
    const auto before = std::string(each.key) + "=" + [&] {
      settings untouched;
      return format(setting->about, setting->in(untouched));
    }() + "\n";
    auto expected = defaults;
    expected.replace(expected.find(before), before.size(), std::string(each.key) + "=" + each.value + "\n");
    ASSERT_NE(expected, defaults) << each.key;

    const auto file = folder.write("s.yaml", in_file(each));
    EXPECT_EQ(shown(settings_of(parse_with({"--config", file}))), expected);
    EXPECT_EQ(shown(settings_of(parse_with({}, {{variable_of(setting->about), each.value}}))), expected);
    EXPECT_EQ(shown(settings_of(parse_with({flag_of(setting->about), each.value}))), expected);
  }
}

TEST(sources, the_slots_of_the_table_are_the_members_that_they_name) {
  std::vector<std::string> flags;
  for (const auto& each : samples) {
    flags.push_back(flag_of(find(each.key)->about));
    flags.emplace_back(each.value);
  }
  const auto wanted = settings_of(parse_with(flags));
  EXPECT_EQ(wanted.listen, "[::1]:0");
  EXPECT_EQ(wanted.port_file, "p");
  EXPECT_EQ(wanted.public_url, "http://a:1/b");
  EXPECT_EQ(wanted.journal, "memory:");
  EXPECT_EQ(log_directory(wanted), "");
  EXPECT_EQ(wanted.log_segment_bytes, 4U << 20U);
  EXPECT_EQ(wanted.definitions, ".");
  EXPECT_EQ(wanted.reactors, 3U);
  EXPECT_EQ(wanted.drain, 0);
  EXPECT_EQ(wanted.limits.body_bytes_max, 2U << 10U);
  EXPECT_EQ(wanted.limits.header_bytes_max, 3U << 10U);
  EXPECT_EQ(wanted.limits.connections_max, 4U);
  EXPECT_EQ(wanted.limits.request_time_max, 5000);
  EXPECT_EQ(wanted.limits.idle_time_max, 6000);
  EXPECT_EQ(wanted.limits.write_time_max, 7000);
  EXPECT_EQ(wanted.limits.wait_max, 480'000);
  EXPECT_EQ(wanted.limits.live_sagas_max, 9U);
  EXPECT_EQ(wanted.limits.definitions_max, 17U);
  EXPECT_EQ(wanted.limits.waiters_max, 10U);
  EXPECT_EQ(wanted.limits.log_reserve_bytes, 11U << 20U);
}

}  // namespace
}  // namespace sagad::config
