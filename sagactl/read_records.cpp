#include "sagactl/read_records.hpp"
#include "base/percent.hpp"

namespace sagad::sagactl {

reply records_after(session& with, const std::string& id, std::int64_t seq) {
  constexpr std::size_t page = 1000;
  std::string all;
  for (;;) {
    auto answer = ask_page(with, "/v1/sagas/" + percent_encoded(id) + "/events?after=" + std::to_string(seq) +
                                     "&limit=" + std::to_string(page));
    if (!answer.good()) return answer;
    const auto records = answer.view();
    const auto count = records.size();
    const auto last = records.at(count == 0 ? 0 : count - 1).integer("seq");
    if (!answer.document.IsArray()) answer.why_foreign = "it is no list";
    if (count != 0 && last <= seq) answer.why_foreign = "its records do not go on";
    answer.foreign = !answer.why_foreign.empty();
    if (answer.foreign) return answer;
    if (count != 0) {
      seq = last;
      all += (all.empty() ? "[" : ",") + answer.body.substr(1, answer.body.rfind(']') - 1);
    }
    if (count != 0 && (answer.more || count == page)) continue;
    if (!all.empty()) {
      answer.body = all + "]";
      answer.document = parse_json(answer.body);
    }
    return answer;
  }
}

}  // namespace sagad::sagactl
