#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "base/percent.hpp"
#include "sagactl/commands.hpp"
#include "sagactl/json_writer.hpp"
#include "sagactl/read_records.hpp"
#include "sagactl/saga_argument.hpp"
#include "sagactl/show.hpp"

namespace sagad::sagactl {
namespace {

constexpr const char* explain_footer = R"(Example:
  sagactl explain 01KB0000000000000000000000

`get` shows the same saga as a table of its steps, `records` all that happened to it. With --json: the saga and its
records.)";

exit_code explain(session& with, const std::string& id) {
  const auto saga = ask(with, "/v1/sagas/" + percent_encoded(id), "id");
  if (!saga.good()) return report(with, saga);
  const auto records = records_after(with, id, 0);
  if (!records.good()) return report(with, records);
  if (with.json) {
    with.out << object_text().raw("saga", saga.body).raw("records", records.body).take() << '\n';
  } else {
    explain_saga(with.out, saga.view(), records.view(), with.now());
  }
  return exit_code::ok;
}

}  // namespace

void add_explain(CLI::App& app, chosen_command& chosen) {
  auto id = std::make_shared<std::string>();
  auto* command = app.add_subcommand("explain", "Say why a saga is where it is, until when, and what can be done");
  command->footer(explain_footer);
  add_saga(*command, *id)->required();
  command->callback([&chosen, id] {
    chosen = [id](session& with) {
      const auto meant = find_saga(with, *id);
      return meant.id ? explain(with, *meant.id) : meant.why_not;
    };
  });
}

}  // namespace sagad::sagactl
