#include "config/fields.hpp"
#include "config/pages.hpp"

namespace sagad::config {
namespace {

constexpr std::string_view introduction = R"(# Configuration

Without any configuration `sagad` listens on 127.0.0.1:7070, keeps its journal in `./sagad-data` and calls nobody. What is to be otherwise is said in one YAML
file, which `--config FILE` (or `SAGAD_CONFIG`) names; each setting is also a flag and a variable. **A flag wins over the variable, the variable over the file,
the file over the default.** Tokens, participants and retentions stand in the file alone.

```yaml
listen: 0.0.0.0:7070                   # beyond this machine, so tokens are needed
public_url: https://sagad.example.com
journal: log:/var/lib/sagad
definitions: sagas
limits:
  wait_max: 30s
tokens:
  - name: shop
    token_sha256: b0003b174b0eceb775edffb1a9fe77d139aa51458c8f8d33910bd16534343c48
    roles: [client]
    definitions: [sale]
  - name: ops
    token_sha256: ffc7e59e17653551964a783546ec4a8f1c326b4967d9b8438d2ab028f276cf6c
    roles: [operator, reader]
participants:
  escrow:
    endpoints: ["http://10.0.0.5:8101", "http://10.0.0.6:8101"]
    paths: [/v1/holds]
    credentials: {value_env: ESCROW_AUTHORIZATION}
  transfer:
    endpoints: ["http://10.0.0.7:8102"]
```

- Durations and sizes have a unit right behind the number: `ms`, `s`, `m`, `h`, `d`; `B`, `KiB`, `MiB`, `GiB`, `TiB`.
- Paths are relative to where `sagad` is started.
- An empty variable is one that is not set.
- The configuration is checked whole at the start. Every mistake is told at once, with the file's line and column, on standard error; then `sagad` ends with 2.
  `sagad --check-config` does that and no more; `sagad --print-config` shows what would hold and where each value comes from, without secrets.
- It is read once: a change takes effect at the next start.

)";

std::string code(std::string_view text) {
  return "`" + std::string(text) + "`";
}

std::string default_of(const field_text& about, slot value) {
  if (about.required) return "required";
  const auto text = format(about, value);
  return text.empty() || text == "[]" ? "default: " + std::string(about.unset) : "default " + code(text);
}

template <typename Owner>
std::string items(std::span<const field<Owner>> fields) {
  std::string page;
  Owner defaults{};
  for (const auto& each : fields) {
    page += "- " + code(each.about.key) + " (" + std::string(each.about.form) + "; " +
            default_of(each.about, each.in(defaults));
    if (const auto bounds = bounds_of(each.about); !bounds.empty()) page += "; " + bounds;
    page += "): " + std::string(each.about.text) + "\n";
  }
  return page + "\n";
}

std::string setting_section(const field<settings>& setting) {
  const auto& about = setting.about;
  settings defaults;
  std::string page = "### " + std::string(about.key) + "\n\n";
  if (!is_scalar(about)) return page + std::string(about.text) + "\n\n";
  page += std::string(about.text) + "\n\n";
  page += "- written: " + std::string(about.form);
  if (const auto bounds = bounds_of(about); !bounds.empty()) page += ", " + bounds;
  page += "; " + default_of(about, setting.in(defaults)) + "\n";
  page += "- flag " + code(flag_of(about)) + ", variable " + code(variable_of(about)) + "\n\n";
  return page;
}

}  // namespace

std::string reference_page() {
  std::string page(introduction);
  page += "## Settings\n\n";
  for (const auto& each : setting_fields()) {
    page += setting_section(each);
    if (each.about.key == "tokens") page += items(token_fields());
    if (each.about.key == "participants") page += items(participant_fields());
    if (each.about.key == "retentions") page += items(retention_fields());
  }
  page += "## On the command line alone\n\n";
  for (const auto& each : requests()) {
    page += "- " + code(std::string(each.flag) + (each.form.empty() ? "" : " " + std::string(each.form))) + " " +
            (each.of.empty() ? "" : "of " + code(std::string(each.of)) + ": ") + std::string(each.text) + "\n";
  }
  page +=
      "\nCommands, which are written without hyphens, stand before all flags, and take those of the settings, too: "
      "`sagad migrate --help` tells of one.\n";
  return page + "\nThis page is printed by `sagad --config-reference`.\n";
}

}  // namespace sagad::config
