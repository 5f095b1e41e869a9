#include "config/parse.hpp"

#include "config/checks.hpp"
#include "dispatch/settings.hpp"
#include "tests/unit/config/support.hpp"

namespace sagad::config {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

const std::string sha_a = std::string(64, 'a');
const std::string sha_b = std::string(64, 'b');

TEST(parse, without_any_configuration_it_runs_on_loopback) {
  const auto wanted = settings_of(parse_with({}));
  EXPECT_EQ(wanted.listen, "127.0.0.1:7070");
  EXPECT_EQ(wanted.journal, "log:./sagad-data");
  EXPECT_EQ(log_directory(wanted), "./sagad-data");
  EXPECT_THAT(wanted.participants, IsEmpty());
  EXPECT_THAT(wanted.tokens, IsEmpty());
  EXPECT_FALSE(wanted.accept_loss);
}

TEST(parse, an_empty_file_changes_nothing) {
  const temporary_folder folder;
  for (const char* text : {"", "# nothing\n", "---\n", "{}\n"}) {
    EXPECT_EQ(settings_of(parse_with({"--config", folder.write("s.yaml", text)})).listen, "127.0.0.1:7070") << text;
  }
}

TEST(parse, a_flag_wins_over_a_variable_over_the_file_over_the_default) {
  const temporary_folder folder;
  const auto file = folder.write("s.yaml", "listen: 127.0.0.1:1\nlimits: {wait_max: 1s}\ndrain: 1s\nreactors: 2\n");
  const variables set = {{"SAGAD_LISTEN", "127.0.0.1:2"}, {"SAGAD_WAIT_MAX", "2s"}, {"SAGAD_REACTORS", ""}};
  const auto wanted = settings_of(parse_with({"--config", file, "--listen=127.0.0.1:3"}, set));
  EXPECT_EQ(wanted.listen, "127.0.0.1:3");
  EXPECT_EQ(wanted.limits.wait_max, 2000);
  EXPECT_EQ(wanted.drain, 1000);
  EXPECT_EQ(wanted.reactors, 2U) << "an empty variable is not set";
  EXPECT_EQ(wanted.limits.body_bytes_max, 1U << 20U);
}

TEST(parse, start_keys_are_not_kept_shorter_than_histories) {
  const auto kept = settings_of(parse_with({"--history-retention", "7d", "--start-key-retention", "7d"}));
  EXPECT_EQ(kept.history_retention, 7 * 24 * 3'600'000);
  EXPECT_EQ(kept.start_key_retention, 7 * 24 * 3'600'000);
  for (const auto& [history, keys] : {std::pair("7d", "6d"), std::pair("31d", "")}) {
    std::vector<std::string> flags{"--history-retention", history};
    if (*keys != '\0') flags.insert(flags.end(), {"--start-key-retention", keys});
    const auto refused = parse_with(flags);
    ASSERT_TRUE(std::holds_alternative<exit>(refused));
    EXPECT_EQ(std::get<exit>(refused).code, 2);
    EXPECT_THAT(std::get<exit>(refused).text, HasSubstr("is shorter than history_retention, " + std::string(history)));
  }
}

TEST(parse, histories_of_single_definitions_are_kept_longer_but_not_longer_than_keys) {
  const temporary_folder folder;
  const auto parsed = [&](const std::string& text) { return parse_with({"--config", folder.write("s.yaml", text)}); };
  const auto kept = settings_of(parsed("history_retention: 1d\nretentions:\n  sale: {history: 30d}\n"));
  ASSERT_EQ(kept.retentions.size(), 1U);
  EXPECT_EQ(kept.retentions[0].definition, "sale");
  EXPECT_EQ(kept.retentions[0].history, 30 * 24 * 3'600'000LL);
  EXPECT_THAT(
      end_of(parsed("history_retention: 2d\nretentions: {sale: {history: 1d}}\n")).text,
      HasSubstr("retentions.sale.history: `1d` is shorter than history_retention, 2d: write one from 2d to 30d"));
  EXPECT_THAT(end_of(parsed("retentions: {sale: {history: 31d}}\n")).text,
              HasSubstr("`31d` is longer than start_key_retention, 30d: write 30d, or a longer start_key"));
  EXPECT_THAT(end_of(parsed("retentions: {sale: {}}\n")).text, HasSubstr("retentions.sale.history: is missing"));
  EXPECT_THAT(end_of(parsed("retentions: {sale: 3d}\n")).text, HasSubstr("write names and values here"));
  EXPECT_THAT(end_of(parsed("retentions: [sale]\n")).text, HasSubstr("begin each with a definition's name"));
}

TEST(parse, what_only_a_log_has_is_refused_of_another_journal) {
  const temporary_folder folder;
  const auto said = [&](const std::string& journal, const std::string& text, std::vector<std::string> more) {
    more.insert(more.begin(), {"--config", folder.write("s.yaml", "journal: " + journal + "\n" + text)});
    return end_of(parse_with(more)).text;
  };
  const std::string database = "postgresql://sagad@localhost/sagad";
  EXPECT_THAT(said(database, "archive: histories\n", {}), HasSubstr("s.yaml:2:1: archive goes with a log: journal"));
  EXPECT_THAT(said(database, "retentions: {sale: {history: 30d}}\n", {}),
              HasSubstr("retentions goes with a log: journal"));
  EXPECT_THAT(said(database, "", {"--restored"}), HasSubstr("--restored: goes with a log: journal: a database"));
  EXPECT_THAT(said(database, "", {"--accept-loss"}), HasSubstr("--accept-loss: goes with a log: journal"));
  EXPECT_THAT(said("'memory:'", "", {"--restored"}), HasSubstr("and this one is in memory: name its folder"));
  EXPECT_TRUE(settings_of(parse_with({"--journal", "log:sagad-data", "--restored"})).restored);
}

TEST(parse, the_file_may_be_named_by_a_variable) {
  const temporary_folder folder;
  const auto named = folder.write("a.yaml", "drain: 7s\n");
  const auto flagged = folder.write("b.yaml", "drain: 8s\n");
  EXPECT_EQ(settings_of(parse_with({}, {{"SAGAD_CONFIG", named}})).drain, 7000);
  EXPECT_EQ(settings_of(parse_with({"--config", flagged}, {{"SAGAD_CONFIG", named}})).drain, 8000);
}

TEST(parse, participants_are_read_with_their_defaults) {
  const temporary_folder folder;
  const auto file = folder.write("s.yaml", R"(participants:
  escrow:
    endpoints: ["http://10.0.0.5:8101", "http://[::1]:8102"]
    paths: [/v1/holds, /v1/accounts]
    max_in_flight: 7
    response_bytes_max: 2KiB
    connect_timeout: 250ms
  rate: {endpoints: [http://localhost:8103]}
)");
  const auto wanted = settings_of(parse_with({"--config", file}));
  ASSERT_EQ(wanted.participants.size(), 2U);
  const auto& escrow = wanted.participants[0].called;
  EXPECT_EQ(escrow.name, "escrow");
  EXPECT_THAT(escrow.endpoints, ElementsAre("http://10.0.0.5:8101", "http://[::1]:8102"));
  EXPECT_THAT(escrow.path_prefixes, ElementsAre("/v1/holds", "/v1/accounts"));
  EXPECT_EQ(escrow.max_in_flight, 7U);
  EXPECT_EQ(escrow.response_bytes_max, 2048U);
  EXPECT_EQ(escrow.connect_timeout_ms, 250);
  const auto& rate = wanted.participants[1].called;
  EXPECT_THAT(rate.path_prefixes, ElementsAre("/"));
  EXPECT_EQ(rate.max_in_flight, 256U);
  EXPECT_EQ(rate.response_bytes_max, 1U << 20U);
  EXPECT_EQ(rate.connect_timeout_ms, 1000);
  EXPECT_EQ(rate.credentials, "");
  for (const auto& each : wanted.participants) EXPECT_THAT(dispatch::mistakes_in(each.called), IsEmpty());
}

TEST(parse, credentials_come_from_a_variable_or_a_file) {
  const temporary_folder folder;
  const auto secret = folder.write("secret", "Bearer from-file\r\n");
  const auto file = folder.write("s.yaml",
                                 "participants:\n  a: {endpoints: [http://h:1], credentials: {value_env: A_TOKEN}}\n"
                                 "  b: {endpoints: [http://h:1], credentials: {header: X-Key, value_file: " +
                                     secret + "}}\n");
  const auto wanted = settings_of(parse_with({"--config", file}, {{"A_TOKEN", "Bearer from-env"}}));
  ASSERT_EQ(wanted.participants.size(), 2U);
  EXPECT_EQ(wanted.participants[0].called.credentials, "Authorization: Bearer from-env\r\n");
  EXPECT_EQ(wanted.participants[1].called.credentials, "X-Key: Bearer from-file\r\n");
  for (const auto& each : wanted.participants) EXPECT_THAT(dispatch::mistakes_in(each.called), IsEmpty());
}

TEST(parse, credentials_that_cannot_be_a_header_are_refused_and_not_repeated) {
  const temporary_folder folder;
  const auto file =
      folder.write("s.yaml", "participants:\n  a: {endpoints: [http://h:1], credentials: {value_env: A_TOKEN}}\n");
  const std::string too_long(9000, 's');
  for (const std::string& value :
       {std::string("secret\r\nHost: evil"), std::string("secret\x7f"), std::string(), too_long}) {
    const auto end = end_of(parse_with({"--config", file}, {{"A_TOKEN", value}}));
    EXPECT_EQ(end.code, 2);
    EXPECT_THAT(end.text, HasSubstr("s.yaml:2:46: participants.a.credentials: what is there is"));
    EXPECT_THAT(end.text, Not(HasSubstr("secret")));
  }
}

TEST(parse, a_token_keeps_its_roles_and_definitions) {
  const temporary_folder folder;
  const auto file = folder.write("s.yaml", "listen: 0.0.0.0:0\ntokens:\n- {name: shop, token_sha256: " + sha_a +
                                               ", roles: [reader, client], definitions: [sale, gift]}\n- {name: ops, "
                                               "token_sha256: " +
                                               sha_b + ", roles: [operator, developer]}\n");
  const auto wanted = settings_of(parse_with({"--config", file}));
  ASSERT_EQ(wanted.tokens.size(), 2U);
  EXPECT_EQ(wanted.tokens[0].name, "shop");
  EXPECT_EQ(wanted.tokens[0].sha256.hex(), sha_a);
  EXPECT_THAT(wanted.tokens[0].roles, ElementsAre(role::client, role::reader));
  EXPECT_THAT(wanted.tokens[0].definitions, ElementsAre("sale", "gift"));
  EXPECT_THAT(wanted.tokens[1].roles, ElementsAre(role::developer, role::operations));
}

TEST(parse, a_listen_address_beyond_loopback_needs_a_token) {
  for (const char* address : {"0.0.0.0:7070", "10.1.2.3:1", "[::]:7070", "[fe80::1]:1", "[::ffff:127.0.0.1]:1"}) {
    for (const auto& parsed : {parse_with({"--listen", address}), parse_with({}, {{"SAGAD_LISTEN", address}})}) {
      const auto end = end_of(parsed);
      EXPECT_EQ(end.code, 2);
      EXPECT_THAT(end.text, HasSubstr("tokens: [{name: ops, token_sha256:")) << address;
    }
  }
  for (const char* address : {"127.0.0.1:7070", "127.9.9.9:1", "[::1]:7070", "localhost:7070"}) {
    EXPECT_EQ(settings_of(parse_with({"--listen", address})).listen, address);
  }
}

TEST(parse, an_address_that_is_none_is_refused) {
  for (const char* address : {"", "7070", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:x", ":7070",
                              "::1:7070", "example.com:80", "1.2.3:80", "[127.0.0.1]:80", "127.0.0.1:-1"}) {
    const auto end = end_of(parse_with({std::string("--listen=") + address}));
    EXPECT_EQ(end.code, 2) << address;
    EXPECT_THAT(end.text, HasSubstr("--listen: `" + std::string(address) + "` ")) << address;
  }
}

TEST(parse, a_public_url_that_is_none_is_refused) {
  for (const char* url : {"sagad.example.com", "ftp://a", "http://", "http:///x", "http://a/", "http://u:p@a",
                          "http://a?b", "http://a b", "http://a\r\nX: y"}) {
    EXPECT_EQ(end_of(parse_with({"--public-url", url})).code, 2) << url;
  }
}

TEST(parse, a_value_at_a_bound_is_taken_and_one_past_it_refused) {
  EXPECT_EQ(settings_of(parse_with({"--log-segment-bytes", "1MiB"})).log_segment_bytes, 1U << 20U);
  EXPECT_EQ(settings_of(parse_with({"--reactors", "64"})).reactors, 64U);
  EXPECT_THAT(end_of(parse_with({"--log-segment-bytes", "1023KiB"})).text,
              HasSubstr("--log-segment-bytes: `1023KiB` is out of bounds: write 1MiB to 1GiB"));
  EXPECT_EQ(end_of(parse_with({"--reactors", "65"})).code, 2);
  EXPECT_EQ(end_of(parse_with({"--reactors", "-1"})).code, 2);
}

TEST(parse, an_unknown_flag_is_told_with_the_nearest_known_one) {
  EXPECT_THAT(end_of(parse_with({"--listn", "x"})).text, HasSubstr("`--listn` is no flag: did you mean `--listen`?"));
  EXPECT_THAT(end_of(parse_with({"--wait_max=1s"})).text, HasSubstr("did you mean `--wait-max`?"));
  EXPECT_THAT(end_of(parse_with({"-x"})).text, HasSubstr("`-x` is no flag"));
  EXPECT_EQ(end_of(parse_with({"--lsten", "127.0.0.1:0"})).text,
            "sagad: the command line has a mistake:\n`--lsten` is no flag: did you mean `--listen`?\n  next: `sagad "
            "--help` shows what it takes\n")
      << "what stands behind it is its value";
  EXPECT_EQ(end_of(parse_with({"migrate", "--dryrun"})).text,
            "sagad: the command line has a mistake:\n`--dryrun` is no flag: did you mean `--dry-run`?\n  next: `sagad "
            "migrate --help` shows what it takes\n");
}

TEST(parse, a_flag_that_others_call_so_is_told_as_it_is_written_here) {
  EXPECT_THAT(end_of(parse_with({"--port", "8080"})).text,
              HasSubstr("`--port` is no flag: did you mean `--listen 127.0.0.1:7070`?\n"));
  EXPECT_THAT(end_of(parse_with({"-c", "x.yaml"})).text, HasSubstr("did you mean `--config sagad.yaml`?\n"));
  EXPECT_THAT(end_of(parse_with({"--data-dir=x"})).text, HasSubstr("did you mean `--journal log:sagad-data`?\n"));
  EXPECT_THAT(end_of(parse_with({"--verbose"})).text, HasSubstr("`--verbose` is no flag\n  next: ")) << "none is near";
}

TEST(parse, an_unknown_command_is_told_with_the_nearest_known_one) {
  const auto told = [](std::vector<std::string> asked) {
    const auto end = end_of(parse_with(std::move(asked)));
    EXPECT_EQ(end.code, 2);
    EXPECT_THAT(end.text, HasSubstr("\n  next: `sagad --help` shows what it takes\n"));
    return end.text;
  };
  EXPECT_THAT(told({"migrat"}), HasSubstr("`migrat` is no command: did you mean `migrate`?"));
  EXPECT_THAT(told({"backups", "monday"}), HasSubstr("`backups` is no command: did you mean `backup`?"));
  for (const auto* word : {"rebuild", "view"}) EXPECT_THAT(told({word}), HasSubstr("did you mean `views rebuild`?"));
  EXPECT_THAT(told({"help"}), HasSubstr("`help` is no command: did you mean `--help`?"));
  EXPECT_THAT(told({"restore"}), HasSubstr("`restore` is no command: did you mean `--restored`?"));
  for (const auto* word : {"run", "start"}) {
    EXPECT_THAT(told({word}), AllOf(HasSubstr("is no command: without any sagad serves, as in `sagad --config"),
                                    HasSubstr("`backup`, `views rebuild` and `migrate`"), HasSubstr("`sagactl`")));
  }
  EXPECT_THAT(end_of(parse_with({"migrate", "now"})).text, HasSubstr("`now` is no flag: settings are written --name"));
}

TEST(parse, flags_are_told_when_written_wrongly) {
  EXPECT_THAT(end_of(parse_with({"--listen"})).text,
              HasSubstr("--listen: needs a value: address:port, as in --listen 127.0.0.1:7070\n"));
  EXPECT_THAT(end_of(parse_with({"--config"})).text, HasSubstr("needs a value: file, as in --config sagad.yaml\n"));
  EXPECT_THAT(end_of(parse_with({"--listen", "8080"})).text,
              HasSubstr("--listen: `8080` is a port alone: write an address before it, as in 127.0.0.1:8080\n"));
  EXPECT_THAT(end_of(parse_with({"--listen", "--check-config"})).text, HasSubstr("--listen: needs a value"));
  EXPECT_THAT(end_of(parse_with({"--drain", "1s", "--drain=2s"})).text, HasSubstr("--drain: is given twice"));
  EXPECT_THAT(end_of(parse_with({"--accept-loss=yes"})).text, HasSubstr("--accept-loss: takes no value"));
}

TEST(parse, mistakes_of_all_places_are_told_at_once_in_their_order) {
  const temporary_folder folder;
  const auto file = folder.write("s.yaml", "drain: 1\nlimits: {wait_max: 1x}\n");
  const auto end = end_of(parse_with({"--config", file, "--drain=1", "--nonsense"}, {{"SAGAD_DRAIN", "x"}}));
  EXPECT_EQ(end.code, 2);
  const auto at = [&](const std::string& text) {
    EXPECT_THAT(end.text, HasSubstr(text));
    return end.text.find(text);
  };
  EXPECT_EQ(end.text.rfind("sagad: the configuration has 5 mistakes:\n", 0), 0U) << end.text;
  EXPECT_LT(at(file + ":1:8: drain: `1` lacks its unit"), at(file + ":2:20: limits.wait_max: `x` is no unit here"));
  EXPECT_LT(at("limits.wait_max"), at("SAGAD_DRAIN: `x` is none"));
  EXPECT_LT(at("SAGAD_DRAIN: "), at("--drain: `1` lacks its unit"));
}

TEST(parse, a_file_that_cannot_be_read_is_told) {
  const temporary_folder folder;
  const auto missing = folder.path("none.yaml");
  EXPECT_THAT(end_of(parse_with({"--config", missing})).text,
              HasSubstr("--config: cannot read `" + missing +
                        "`: No such file or directory; paths are relative to where sagad is started"));
  EXPECT_THAT(end_of(parse_with({}, {{"SAGAD_CONFIG", folder.path()}})).text,
              HasSubstr("SAGAD_CONFIG: `" + folder.path() + "` is a folder"));
  const auto large = folder.write("large.yaml", std::string((1U << 20U) + 1, '#'));
  EXPECT_THAT(end_of(parse_with({"--config", large})).text, HasSubstr("is larger than 1048576 bytes"));
}

TEST(parse, more_mistakes_than_are_told_are_counted) {
  const temporary_folder folder;
  std::string text;
  for (int i = 0; i < 150; ++i) text += "nonsense_" + std::to_string(i) + ": 1\n";
  const auto end = end_of(parse_with({"--config", folder.write("s.yaml", text)}));
  EXPECT_THAT(end.text, HasSubstr("has 150 mistakes"));
  EXPECT_THAT(end.text, HasSubstr("\nand 50 more\n"));
}

TEST(parse, checking_ends_with_zero_or_two) {
  EXPECT_EQ(end_of(parse_with({"--check-config"})).code, 0);
  EXPECT_EQ(end_of(parse_with({"--check-config", "--drain", "10"})).code, 2);
  EXPECT_EQ(end_of(parse_with({"--print-config", "--drain", "10"})).code, 2);
}

TEST(parse, a_file_without_its_flag_is_told_how_it_is_given) {
  EXPECT_THAT(end_of(parse_with({"sagad.yaml"})).text,
              HasSubstr("`sagad.yaml` is no flag: a file of settings is given as "
                        "--config sagad.yaml"));
}

TEST(parse, a_backup_and_a_start_from_one_are_asked_for_on_the_command_line) {
  const auto wanted = settings_of(parse_with({"backup", "monday", "--journal", "log:x"}));
  EXPECT_EQ(wanted.backup, "monday");
  EXPECT_EQ(wanted.journal, "log:x");
  EXPECT_FALSE(wanted.restored);
  EXPECT_TRUE(settings_of(parse_with({"--journal", "log:x", "--restored"})).restored);
  EXPECT_FALSE(settings_of(parse_with({"--journal", "log:x"})).backup);
  EXPECT_FALSE(settings_of(parse_with({"--journal", "log:x"})).restored);
  EXPECT_THAT(end_of(parse_with({"backup"})).text,
              HasSubstr("backup: needs a value: folder, which it makes, as in `sagad backup monday`"));
  EXPECT_THAT(end_of(parse_with({"backup", "", "--journal", "log:x"})).text,
              HasSubstr("backup: needs the name of the folder that is to be made"));
  EXPECT_THAT(end_of(parse_with({"backup", "monday", "--restored"})).text,
              HasSubstr("backup: cannot go with `--restored`"));
  EXPECT_THAT(end_of(parse_with({"backup", "monday", "--accept-loss"})).text,
              HasSubstr("backup: cannot go with `--accept-loss`"));
  EXPECT_THAT(end_of(parse_with({"views", "rebuild", "backup", "monday"})).text,
              HasSubstr("backup: cannot go with `views rebuild`"));
}

TEST(parse, tables_are_brought_forward_by_a_command_of_its_own) {
  const auto wanted = settings_of(parse_with({"migrate", "--journal", "postgresql://sagad@db/sagad"}));
  EXPECT_TRUE(wanted.migrate);
  EXPECT_FALSE(wanted.dry_run);
  EXPECT_EQ(wanted.journal, "postgresql://sagad@db/sagad");
  EXPECT_TRUE(settings_of(parse_with({"migrate", "--dry-run"})).dry_run);
  EXPECT_FALSE(settings_of(parse_with({"--journal", "log:x"})).migrate);
  EXPECT_THAT(end_of(parse_with({"--dry-run"})).text, HasSubstr("--dry-run: goes with `migrate` alone"));
  EXPECT_FALSE(wanted.raise);
  EXPECT_TRUE(settings_of(parse_with({"migrate", "--raise"})).raise);
  EXPECT_THAT(end_of(parse_with({"--raise"})).text,
              HasSubstr("--raise: goes with `migrate` alone, as in `sagad migrate --raise`"));
  EXPECT_THAT(end_of(parse_with({"migrate=now"})).text, HasSubstr("migrate: takes no value"));
  EXPECT_THAT(end_of(parse_with({"migrate", "--restored"})).text, HasSubstr("migrate: cannot go with `--restored`"));
  EXPECT_THAT(end_of(parse_with({"migrate", "backup", "monday"})).text, HasSubstr("migrate: cannot go with `backup`"));
}

TEST(parse, accepting_loss_is_a_flag_alone) {
  const temporary_folder folder;
  EXPECT_TRUE(settings_of(parse_with({"--accept-loss"})).accept_loss);
  EXPECT_FALSE(settings_of(parse_with({"--accept-loss"})).rebuild_views);
  const auto rebuilding = settings_of(parse_with({"views", "rebuild", "--journal", "log:x"}));
  EXPECT_TRUE(rebuilding.rebuild_views);
  EXPECT_EQ(rebuilding.journal, "log:x");
  const auto how = HasSubstr("`sagad views rebuild --config sagad.yaml` builds the file of lists");
  for (const auto* more : {"rebild", "rebuild-all", ""}) {
    const auto ended = end_of(parse_with({"views", more}));
    EXPECT_EQ(ended.code, 2) << more;
    EXPECT_THAT(ended.text, how) << more;
  }
  EXPECT_THAT(end_of(parse_with({"views"})).text, how);
  EXPECT_THAT(end_of(parse_with({"--journal", "memory:", "views", "rebuild"})).text, how);
  EXPECT_FALSE(settings_of(parse_with({}, {{"SAGAD_ACCEPT_LOSS", "true"}})).accept_loss);
  EXPECT_EQ(end_of(parse_with({"--config", folder.write("s.yaml", "accept_loss: true\n")})).code, 2);
}

TEST(settings, reactors_follow_the_cores_unless_said) {
  settings wanted;
  for (const auto& [cores, expected] :
       {std::pair<std::size_t, std::size_t>{0, 1}, {1, 1}, {2, 2}, {3, 3}, {8, 8}, {64, 8}}) {
    EXPECT_EQ(reactor_count(wanted, cores), expected) << cores;
  }
  wanted.reactors = 12;
  EXPECT_EQ(reactor_count(wanted, 2), 12U);
  wanted.reactors = 0;
  wanted.participants.emplace_back().called.max_in_flight = 3;
  EXPECT_EQ(reactor_count(wanted, 64), 3U) << "each needs a share of every limit";
}

TEST(settings, views_lie_beside_the_log_unless_said) {
  settings wanted;
  wanted.journal = "log:data";
  EXPECT_EQ(views_file(wanted), "data/views.db");
  wanted.views = "/var/views.db";
  EXPECT_EQ(views_file(wanted), "/var/views.db");
  wanted.journal = "memory:";
  EXPECT_EQ(views_file(wanted), ":memory:");
  wanted.journal = "postgresql://localhost/sagad";
  EXPECT_EQ(views_file(wanted), "/var/views.db");
  wanted.views.clear();
  EXPECT_EQ(views_file(wanted), ":memory:");
}

TEST(settings, a_database_is_named_without_its_password) {
  settings wanted;
  EXPECT_EQ(database_url(wanted), "");
  for (const auto* url : {"postgresql://localhost/sagad", "postgres://sagad@db:5433/sagad?sslmode=require",
                          "postgresql://sagad@/sagad?host=/run/postgresql", "postgresql://[::1]:5432/sagad"}) {
    wanted.journal = url;
    EXPECT_EQ(check::journal(url), "") << url;
    EXPECT_EQ(database_url(wanted), url);
    EXPECT_EQ(log_directory(wanted), "");
  }
  for (const auto* url : {"postgresql://sagad:secret@localhost/sagad", "postgresql://localhost/sagad?password=secret",
                          "postgresql://sagad:secret@/sagad?host=/run/postgresql"}) {
    EXPECT_THAT(check::journal(url), AllOf(HasSubstr("PGPASSFILE"), Not(HasSubstr("secret")))) << url;
  }
}

TEST(settings, what_only_a_log_heeds_is_noticed_with_another_journal) {
  settings wanted;
  wanted.journal = "memory:";
  wanted.archive = "histories";
  wanted.retentions.emplace_back();
  EXPECT_THAT(notices(wanted), IsSupersetOf({HasSubstr("archive: without effect"), HasSubstr("retentions: without")}));
  wanted.journal = "log:data";
  EXPECT_THAT(notices(wanted), Not(Contains(HasSubstr("without effect"))));
}

TEST(settings, what_is_open_or_lost_is_noticed) {
  settings wanted;
  wanted.journal = "memory:";
  EXPECT_THAT(notices(wanted),
              Contains(HasSubstr("no participants: definitions can name none until `participants` in")));
  wanted.participants.emplace_back().called.name = "escrow";
  EXPECT_THAT(notices(wanted), ElementsAre(HasSubstr("lost"), HasSubstr("no tokens"), HasSubstr("escrow")));
  wanted.tokens.emplace_back();
  wanted.listen = "0.0.0.0:1";
  EXPECT_THAT(notices(wanted), ElementsAre(HasSubstr("lost"), HasSubstr("clear text"), HasSubstr("escrow")));
}

}  // namespace
}  // namespace sagad::config
