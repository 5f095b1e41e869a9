#include "runtime/record_line.hpp"

#include <algorithm>

#include "json/json.hpp"
#include "records/as_json.hpp"

namespace sagad::runtime {

// White space between tokens is all that such characters can be: inside of texts JSON has them escaped.
void append_record_line(std::string& out, const journal::stored_record& stored, const engine::record& record,
                        const definition::definition& definition) {
  const auto begin = static_cast<std::ptrdiff_t>(out.size());
  records::append_json(out, stored.saga, stored.position, record, definition);
  std::replace_if(
      out.begin() + begin, out.end(), [](char letter) { return letter == '\n' || letter == '\r'; }, ' ');
}

void append_unreadable_line(std::string& out, const journal::stored_record& stored, const std::string& why) {
  out += "{\"saga\":\"" + stored.saga.text() + "\",\"partition\":" + std::to_string(stored.saga.partition()) +
         ",\"position\":" + std::to_string(stored.position) + ",\"seq\":" + std::to_string(stored.seq) +
         ",\"unreadable\":";
  json::append_string(out, why);
  out += '}';
}

}  // namespace sagad::runtime
