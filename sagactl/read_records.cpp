#include "sagactl/read_records.hpp"

namespace sagad::sagactl {

reply records_after(session& with, const std::string& id, std::int64_t seq) {
  constexpr std::size_t page = 1000;
  std::string all;
  for (;;) {
    auto answer = ask(
        with, "/v1/sagas/" + encoded(id) + "/events?after=" + std::to_string(seq) + "&limit=" + std::to_string(page));
    if (!answer.good()) return answer;
    const auto records = answer.view();
    const auto count = records.size();
    answer.foreign = !answer.document.IsArray() || (count != 0 && !records.at(count - 1).has("seq"));
    if (answer.foreign) return answer;
    if (count != 0) {
      seq = records.at(count - 1).integer("seq");
      all += (all.empty() ? "[" : ",") + answer.body.substr(1, answer.body.rfind(']') - 1);
    }
    if (count == page) continue;
    if (!all.empty()) {
      answer.body = all + "]";
      answer.document = parse_json(answer.body);
    }
    return answer;
  }
}

}  // namespace sagad::sagactl
