// What clients send, any bytes behind a first line that says as what: `start`, `command`, `bulk`, `array` or `lines`
// (of starts). It is read, or refused with a sentence in UTF-8; what is read is JSON where it must be, within its
// bounds, and means the same however the JSON is written.
#include <algorithm>
#include <vector>

#include "api/bulk_request.hpp"
#include "api/command_request.hpp"
#include "api/item_splitter.hpp"
#include "api/keys.hpp"
#include "api/start_request.hpp"
#include "json/json.hpp"
#include "tests/fuzz/property.hpp"

namespace sagad::fuzz {
namespace {

void expect_refusal(const problem& why, std::string_view body) {
  expect(!why.detail.empty() && json::valid_utf8(why.detail), "a refusal says why, in UTF-8", body);
  const int status = http_status(why.code);
  expect(status >= 400 && status < 500, "a body is refused as its sender's mistake", why.detail);
}

std::optional<api::asked_start> started(std::string_view body) {
  const api::caller developer{"developer", static_cast<unsigned>(api::role::developer), nullptr, true};
  auto read = api::read_start(developer, body);
  if (const auto* why = std::get_if<problem>(&read)) {
    expect_refusal(*why, body);
    return std::nullopt;
  }
  auto asked = std::move(std::get<api::asked_start>(read));
  asked.request.key = "a-key";
  api::digest_start(asked.request, asked.named);
  return asked;
}

void expect_start(std::string_view body) {
  const auto asked = started(body);
  if (!asked) return;
  expect(!json::check(asked->request.input), "an input is JSON", body);
  expect(asked->request.labels.empty() || !json::check(asked->request.labels), "labels are JSON", body);
  expect(!asked->named.text.empty() || !asked->named.whole, "a whole definition has a text", body);
  const auto again = started(json::canonical(body));
  expect(again && again->request.request_canonical == asked->request.request_canonical, "a start means the same again",
         body);
}

void expect_command(std::string_view body) {
  runtime::command_request read;
  if (const auto why = api::read_command(body, read)) return expect_refusal(*why, body);
  for (const auto& text : {read.id, read.reason, read.step}) {
    expect(text.size() <= 1024 && json::valid_utf8(text), "a command's texts are short UTF-8", body);
  }
  expect(read.body.empty() || !json::check(read.body), "a new body is JSON", body);
  runtime::command_request again;
  expect(!api::read_command(json::canonical(body), again), "a command is one again", body);
  expect(read.id == again.id && read.reason == again.reason && read.step == again.step && read.side == again.side &&
             read.if_seq == again.if_seq && read.force == again.force &&
             read.nothing_happened == again.nothing_happened,
         "a command means the same again", body);
}

void expect_bulk(std::string_view body) {
  const auto read = api::read_bulk(body);
  if (const auto* why = std::get_if<problem>(&read)) return expect_refusal(*why, body);
  const auto again = api::read_bulk(json::canonical(body));
  const auto* same = std::get_if<api::bulk_request>(&again);
  expect(same != nullptr && same->content == std::get<api::bulk_request>(read).content, "a bulk means the same again",
         body);
}

std::vector<std::string> items(std::string_view body, api::item_splitter::form form, std::size_t piece_max) {
  using step = api::item_splitter::step;
  constexpr std::size_t item_bytes_max = 4096;
  api::item_splitter splitter(form, item_bytes_max);
  std::vector<std::string> found;
  while (!body.empty()) {
    auto piece = body.substr(0, piece_max);
    body.remove_prefix(piece.size());
    step at = step::more;
    while ((at = splitter.next(piece)) == step::item) found.push_back(splitter.item());
    if (at != step::more) return found;
  }
  if (splitter.finish() == step::item) found.push_back(splitter.item());
  for (const auto& one : found) expect(one.size() <= item_bytes_max, "an item is within its bound", one);
  return found;
}

void expect_batch(std::string_view body, api::item_splitter::form form) {
  const auto whole = items(body, form, body.size());
  expect(whole == items(body, form, 1), "a batch's items are the same however they come", body);
  for (const auto& one : whole) expect_start(one);
}

}  // namespace
}  // namespace sagad::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace sagad;
  const auto [what, body] = fuzz::cut_at_line_end(fuzz::text_of(bytes, size));
  if (what == "start") fuzz::expect_start(body);
  if (what == "command") fuzz::expect_command(body);
  if (what == "bulk") fuzz::expect_bulk(body);
  if (what == "array") fuzz::expect_batch(body, api::item_splitter::form::array);
  if (what == "lines") fuzz::expect_batch(body, api::item_splitter::form::lines);
  return 0;
}
