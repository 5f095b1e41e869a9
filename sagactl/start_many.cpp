#include "sagactl/start_many.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <istream>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <thread>

#include "base/digest.hpp"
#include "sagactl/json_writer.hpp"
#include "sagactl/read_text.hpp"
#include "sagactl/reply.hpp"
#include "sagactl/times.hpp"

namespace sagad::sagactl {
namespace {

constexpr milliseconds gone_max{60'000};
constexpr milliseconds retry_pause{500};
constexpr milliseconds told_every_on_terminal{200};
constexpr milliseconds told_every_otherwise{10'000};
constexpr std::size_t told_max = 20;  // lines that went wrong, one by one; the rest is counted

struct one_start {
  std::size_t line = 0;
  std::string input;
  std::string key;
  std::string mistake;  // not empty: it is not sent
};

// Shared by the threads that send; everything behind its lock.
class batch {
 public:
  batch(session& with, const start_options& options, std::string labels, std::istream& lines, std::uintmax_t bytes)
      : with_(with), options_(options), labels_(std::move(labels)), lines_(lines), bytes_(bytes), began_(with.now()) {}

  void work(transport& server) {
    while (auto next = take()) {
      if (next->mistake.empty()) {
        send(server, *next);
      } else {
        settle(*next, 0, next->mistake, "");
      }
    }
  }

  exit_code finish() {
    if (with_.terminal && told_at_ != 0) with_.err << "\r\033[K";
    if (!with_.json) {
      with_.out << done() << (done() == 1 ? " start: " : " starts: ") << started_ << " new, " << before_
                << " were started before, " << refused_ << " refused, " << wrong_ << " not JSON or without a key\n";
    }
    if (failed_ > told_max) with_.err << "and " << failed_ - told_max << " more went wrong\n";
    if (with_.interrupted()) return tell_interrupted();
    if (!gone_.empty()) {
      with_.err << "sagactl: stopped: no answer from " << with_.server_name << ": " << printable(gone_)
                << "\n  next: when it is back, type `" << with_.typed
                << "` again, with the same lines; what was started is not started twice\n";
      return exit_code::unreachable;
    }
    if (broken_) {
      with_.err << "sagactl: " << (options_.from == "-" ? "standard input" : options_.from)
                << " cannot be read behind line " << line_ << "\n  next: type `" << with_.typed
                << "` again with all of it; what was started is not started twice\n";
      return exit_code::usage;
    }
    if (wrong_ != 0 && wrong_ == done()) {
      with_.err << "  next: each line is the input of one start, a JSON value"
                << (options_.key_member.empty() ? "" : ", with the member " + options_.key_member)
                << "; `jq -c '.[]' FILE` makes such lines of a JSON array\n";
    }
    if (refused_ != 0) return exit_code::refused;
    return wrong_ != 0 ? exit_code::usage : exit_code::ok;
  }

 private:
  std::size_t done() const noexcept { return started_ + before_ + refused_ + wrong_; }

  exit_code tell_interrupted() {
    with_.err << "sagactl: interrupted: ";
    if (bytes_ == 0) {
      with_.err << "what follows line " << line_ << " was not sent";
    } else {
      std::size_t rest = 0;
      for (std::string text; read_line(lines_, text);) rest += is_blank(text) ? 0 : 1;
      with_.err << rest << (rest == 1 ? " more line was" : " more lines were") << " not sent";
    }
    if (open_ != 0) with_.err << ", and of " << open_ << " it is not known whether they were started";
    with_.err << "\n  next: type `" << with_.typed
              << "` again, with the same lines; what was started is not started twice\n";
    return exit_code::interrupted;
  }

  static bool is_blank(const std::string& text) { return text.find_first_not_of(" \t\r") == std::string::npos; }

  std::optional<one_start> take() {
    const std::lock_guard lock(mutex_);
    std::string text;
    while (gone_.empty() && !with_.interrupted() && read_line(lines_, text)) {
      ++line_;
      read_bytes_ += text.size() + 1;
      if (is_blank(text)) continue;
      one_start next;
      next.line = line_;
      next.mistake = json_mistake(text);
      if (next.mistake.empty()) name(next, text);
      next.input = std::move(text);
      return next;
    }
    if (gone_.empty() && failed_to_read(lines_)) broken_ = true;
    return std::nullopt;
  }

  // The same key for the same line of the same definition, wherever in the file it stands; equal lines are told apart
  // by their number among their equals.
  void name(one_start& next, const std::string& text) {
    if (!options_.key_member.empty()) {
      const auto document = parse_json(text);
      const auto member = json_view(&document)[options_.key_member];
      next.key = member.text();
      if (next.key.empty() && member.exists() && !member.is_array()) next.key = member.dump();
      if (next.key.empty()) next.mistake = "it has no member " + options_.key_member + " to take the key from";
      return;
    }
    const auto digest = digest_of_fields({options_.definition, text}).hex().substr(0, 32);
    const auto number = ++seen_[digest];
    next.key = "from-" + digest + "-" + std::to_string(number);
  }

  void send(transport& server, const one_start& next) {
    http_request what;
    what.method = "POST";
    what.target = "/v1/sagas";
    what.body = start_body(options_, labels_, next.key, milliseconds(0), next.input);
    std::optional<std::int64_t> silent_since;
    for (;;) {
      const auto answer = server.send(what);
      const bool passing = answer.status == 0 || answer.status == 429 || answer.status == 503;
      if (!passing) {
        settle(next, answer.status, answer.body, next.key);
        return;
      }
      const auto now = with_.now();
      if (!silent_since) silent_since = now;
      if (with_.interrupted()) {
        const std::lock_guard lock(mutex_);
        ++open_;
        return;
      }
      if (stopped() || milliseconds(now - *silent_since) >= gone_max) {
        const std::lock_guard lock(mutex_);
        if (gone_.empty()) gone_ = answer.status == 0 ? answer.body : "status " + std::to_string(answer.status);
        return;
      }
      with_.pause(retry_pause);
    }
  }

  bool stopped() {
    const std::lock_guard lock(mutex_);
    return !gone_.empty();
  }

  void settle(const one_start& next, int status, const std::string& body, const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto document = parse_json(body);
    const json_view answer(&document);
    if (status == 0) {
      ++wrong_;
      tell_wrong(next.line, body);
    } else if (status / 100 <= 3 && !answer.has("id")) {
      ++wrong_;
      tell_wrong(next.line, "answered " + std::to_string(status) + ", and not as sagad does: is the address sagad's?");
    } else if (status == 201) {
      ++started_;
    } else if (status == 200) {
      ++before_;
    } else {
      ++refused_;
      auto detail = answer.text("detail");
      // The first of them is told by the detail.
      const auto mistakes = answer["errors"].size();
      if (mistakes > 1) detail += " (and " + std::to_string(mistakes - 1) + " more)";
      tell_wrong(next.line, "refused (" + std::to_string(status) + "): " + detail);
    }
    if (with_.json) with_.out << line_json(next.line, status, key, answer, body) << '\n';
    tell_progress();
  }

  static std::string line_json(std::size_t line, int status, const std::string& key, json_view answer,
                               const std::string& body) {
    object_text out;
    out.number("line", static_cast<std::int64_t>(line));
    if (!key.empty()) out.text("key", key);
    if (status == 0) return out.text("mistake", body).take();
    out.number("status", status);
    if (status < 300) return out.text("saga", answer.text("id")).take();
    return out.text("problem", answer.text("type")).text("detail", answer.text("detail")).take();
  }

  void tell_wrong(std::size_t line, const std::string& why) {
    if (++failed_ > told_max) return;
    if (with_.terminal && told_at_ != 0) with_.err << "\r\033[K";
    with_.err << options_.from << ':' << line << ": " << printable(why) << '\n';
  }

  void tell_progress() {
    const auto now = with_.now();
    const auto every = with_.terminal ? told_every_on_terminal : told_every_otherwise;
    if (milliseconds(now - std::max(told_at_, began_)) < every) return;
    told_at_ = now;
    const auto rate = static_cast<std::int64_t>(done()) * 1000 / std::max<std::int64_t>(1, now - began_);
    const auto counts = std::to_string(done()) + " done, " + std::to_string(rate) + "/s";
    const auto share = bytes_ == 0 ? 0 : std::min<std::uintmax_t>(100, read_bytes_ * 100 / bytes_);
    if (!with_.terminal) {
      with_.err << counts << (bytes_ == 0 ? "" : ", " + std::to_string(share) + "% of the file") << '\n';
      return;
    }
    constexpr std::size_t bar_width = 30;
    const auto full = static_cast<std::size_t>(share) * bar_width / 100;
    const auto bar =
        "[" + std::string(full, '#') + std::string(bar_width - full, '.') + "] " + std::to_string(share) + "%  ";
    with_.err << "\r\033[K" << (bytes_ == 0 ? "" : bar) << counts << std::flush;
  }

  session& with_;
  const start_options& options_;
  const std::string labels_;
  std::istream& lines_;
  const std::uintmax_t bytes_;  // of all lines; 0: not known
  const std::int64_t began_;

  std::mutex mutex_;
  std::size_t line_ = 0;
  std::uintmax_t read_bytes_ = 0;
  std::map<std::string, std::size_t> seen_;
  std::size_t started_ = 0;
  std::size_t before_ = 0;
  std::size_t refused_ = 0;
  std::size_t wrong_ = 0;
  std::size_t failed_ = 0;
  std::size_t open_ = 0;  // given up while they were tried again
  std::int64_t told_at_ = 0;
  std::string gone_;     // why the server counts as gone
  bool broken_ = false;  // the lines end in an error
};

std::uintmax_t size_of(std::istream& file) {
  file.seekg(0, std::ios::end);
  const auto end = file.tellg();
  file.clear();
  file.seekg(0);
  return end > 0 ? static_cast<std::uintmax_t>(end) : 0;
}

}  // namespace

exit_code start_many(session& with, const start_options& options) {
  const auto labels = options.labels.empty() ? std::optional<std::string>("") : labels_json(with, options.labels);
  if (!labels) return exit_code::usage;
  std::ifstream file;
  if (options.from != "-") {
    errno = 0;
    file.open(options.from, std::ios::binary);
    if (!file || (file.peek() == std::ifstream::traits_type::eof() && file.bad())) {
      tell_unreadable(with, options.from, errno);
      return exit_code::usage;
    }
  }
  auto& lines = options.from == "-" ? with.in : file;
  batch all(with, options, *labels, lines, options.from == "-" ? 0 : size_of(file));
  std::vector<std::unique_ptr<transport>> others;
  for (std::size_t at = 1; at < options.concurrency; ++at) others.push_back(with.connect());
  std::vector<std::thread> threads;
  for (auto& one : others) threads.emplace_back([&all, &one] { all.work(*one); });
  all.work(with.server);
  for (auto& thread : threads) thread.join();
  return all.finish();
}

}  // namespace sagad::sagactl
