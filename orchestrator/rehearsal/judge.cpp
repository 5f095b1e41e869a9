#include <algorithm>

#include "definition/header_lines.hpp"
#include "definition/quantity.hpp"
#include "json/json.hpp"
#include "rehearsal/cases.hpp"

namespace sagad::rehearsal {
namespace {

using expects = expectation::kind;

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ", ") + name;
  return out.empty() ? "nothing" : out;
}

std::vector<std::string> names_of(const definition::definition& definition, const std::vector<step_no>& steps) {
  std::vector<std::string> out;
  out.reserve(steps.size());
  for (const auto step : steps) out.push_back(definition.steps[step].name);
  return out;
}

// `transfer` expects any number of tries, `transfer x3` so many.
bool is_call(const definition::definition& definition, const std::string& expected, const call& got) {
  const auto name = name_of(definition, got.operation);
  return expected == name || expected == name + " x" + std::to_string(got.tries);
}

std::string turned_back_by(const definition::definition& definition, const play& played) {
  if (!played.turned_back) return "nothing";
  return played.turned_back->step ? definition.steps[*played.turned_back->step].name : "deadline";
}

std::string_view word_of(expects part) {
  return part == expects::body ? "body" : part == expects::headers ? "headers" : "path";
}

// Canonical.
std::string headers_json(const std::vector<header>& headers) {
  std::string out = "{";
  for (const auto& one : headers) {
    if (out.size() > 1) out += ',';
    json::append_string(out, one.name);
    out += ':';
    json::append_string(out, one.value);
  }
  return json::canonical(out + "}");
}

class judgement {
 public:
  judgement(const definition::definition& definition, const play& played) : definition_(definition), played_(played) {}

  void hold(const expectation& one) {
    switch (one.what) {
      case expects::state: compare(one, "state", one.text, std::string(played_.state)); break;
      case expects::calls: hold_calls(one); break;
      case expects::undone:
        compare(one, "undone", joined(one.names), joined(names_of(definition_, played_.undone)));
        break;
      case expects::stuck: hold_stuck(one); break;
      case expects::passed_over:
        compare(one, "passed over", joined(one.names), joined(names_of(definition_, played_.passed_over)));
        break;
      case expects::turned_back: compare(one, "turned back by", one.text, turned_back_by(definition_, played_)); break;
      case expects::output: hold_output(one); break;
      case expects::path:
      case expects::headers:
      case expects::body: hold_request(one); break;
      case expects::within:
        if (played_.took_ms > one.at_most_ms) {
          miss_it(one, "time", "at most " + definition::duration_text(one.at_most_ms),
                  definition::duration_text(played_.took_ms));
        }
        break;
    }
  }

  std::vector<miss> take() { return std::move(missed_); }

 private:
  void miss_it(const expectation& one, std::string what, std::string expected, std::string got, bool is_json = false) {
    missed_.push_back({one.at, std::move(what), std::move(expected), std::move(got), is_json});
  }

  void compare(const expectation& one, std::string what, const std::string& expected, const std::string& got) {
    if (expected != got) miss_it(one, std::move(what), expected, got);
  }

  void hold_calls(const expectation& one) {
    const bool same =
        std::equal(one.names.begin(), one.names.end(), played_.calls.begin(), played_.calls.end(),
                   [this](const auto& expected, const auto& got) { return is_call(definition_, expected, got); });
    if (same) return;
    std::vector<std::string> got;
    for (const auto& call : played_.calls) {
      const auto tries = call.tries == 1 ? std::string() : " x" + std::to_string(call.tries);
      got.push_back(name_of(definition_, call.operation) + tries);
    }
    miss_it(one, "calls", joined(one.names), joined(got));
  }

  void hold_stuck(const expectation& one) {
    std::vector<std::string> got;
    for (const auto& still : played_.stuck) got.push_back(name_of(definition_, still.operation));
    auto wanted = one.names;
    std::sort(got.begin(), got.end());
    std::sort(wanted.begin(), wanted.end());
    compare(one, "stuck", joined(wanted), joined(got));
  }

  void hold_output(const expectation& one) {
    if (!played_.output_error.empty()) {
      miss_it(one, "output", one.text, "none: " + played_.output_error);
    } else if (played_.output.empty()) {
      miss_it(one, "output", one.text, "none: the saga is " + std::string(played_.state));
    } else {
      compare_json(one, "output", played_.output);
    }
  }

  void hold_request(const expectation& one) {
    const auto* call = played_.find(one.operation);
    const auto name = name_of(definition_, one.operation);
    const std::string what = std::string(word_of(one.what)) + " of " + name;
    if (call == nullptr) {
      miss_it(one, what, one.what == expects::headers ? headers_json(one.headers) : one.text, "it is not called");
    } else if (one.what == expects::path) {
      compare(one, what, one.text, call->target);
    } else if (one.what == expects::headers) {
      compare_headers(one, what, call->headers);
    } else if (call->body.empty()) {
      miss_it(one, what, one.text, "it has no body");
    } else {
      compare_json(one, what, call->body);
    }
  }

  void compare_json(const expectation& one, std::string what, const std::string& got) {
    compare_canonical(one, std::move(what), json::canonical(one.text), json::canonical(got));
  }

  void compare_headers(const expectation& one, std::string what, const std::vector<header>& got) {
    auto expected = one.headers;
    for (auto& wanted : expected) {
      const auto same = std::find_if(got.begin(), got.end(), [&](const header& sent) {
        return definition::lower_case(sent.name) == definition::lower_case(wanted.name);
      });
      if (same != got.end()) wanted.name = same->name;
    }
    compare_canonical(one, std::move(what), headers_json(expected), headers_json(got));
  }

  void compare_canonical(const expectation& one, std::string what, std::string expected, std::string got) {
    if (expected != got) miss_it(one, std::move(what), std::move(expected), std::move(got), true);
  }

  const definition::definition& definition_;
  const play& played_;
  std::vector<miss> missed_;
};

}  // namespace

std::vector<miss> judge(const test_case& expected, const definition::definition& definition, const play& played) {
  judgement all(definition, played);
  for (const auto& one : expected.expected) all.hold(one);
  return all.take();
}

}  // namespace sagad::rehearsal
