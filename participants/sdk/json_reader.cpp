#include "participants/sdk/json_reader.hpp"

#include <rapidjson/document.h>
#include <rapidjson/encodedstream.h>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <cstdlib>
#include <set>
#include <vector>

#include "participants/sdk/number_text.hpp"
#include "participants/sdk/problem.hpp"

namespace sagad::participants {
namespace {

// Recursion is bounded by parsing iteratively; the default parser descends once a nesting level.
constexpr unsigned parse_flags =
    rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;

/// Fills a document; a number whose value is an integer becomes one, however it is written.
class numbers_by_value {
 public:
  explicit numbers_by_value(rapidjson::Document& into) : into_(into) {}

  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    const std::string number(text, size);
    const auto integer = integer_worth(number);
    return integer ? into_.Int64(*integer) : into_.Double(std::strtod(number.c_str(), nullptr));
  }
  // Numbers come as text only.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

  bool Null() { return into_.Null(); }
  bool Bool(bool value) { return into_.Bool(value); }
  bool String(const char* text, rapidjson::SizeType size, bool copy) { return into_.String(text, size, copy); }
  bool StartObject() { return into_.StartObject(); }
  bool Key(const char* text, rapidjson::SizeType size, bool copy) { return into_.Key(text, size, copy); }
  bool EndObject(rapidjson::SizeType members) { return into_.EndObject(members); }
  bool StartArray() { return into_.StartArray(); }
  bool EndArray(rapidjson::SizeType elements) { return into_.EndArray(elements); }

 private:
  rapidjson::Document& into_;
};

std::string_view view_of(const rapidjson::Value& text) {
  return {text.GetString(), text.GetStringLength()};
}

[[noreturn]] void complain(const std::string& what, std::string_view example) {
  throw bad_input(what + " Write it like " + std::string(example) + ".");
}

}  // namespace

class json_reader::state {
 public:
  state(const rapidjson::Value& of, std::string_view like) : value(&of), example(like) { check_object(); }

  state(std::string_view body, std::string_view like) : example(like) {
    parse(own, body, like);
    value = &own;
    check_object();
  }

  static void parse(rapidjson::Document& into, std::string_view body, std::string_view like) {
    rapidjson::MemoryStream bytes(body.data() == nullptr ? "" : body.data(), body.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> stream(bytes);
    rapidjson::ParseResult result;
    auto generate = [&](rapidjson::Document& document) {
      numbers_by_value handler(document);
      result = rapidjson::Reader().Parse<parse_flags>(stream, handler);
      return !result.IsError();
    };
    into.Populate(generate);
    if (result.IsError()) {
      complain("The body is not JSON: " + std::string(rapidjson::GetParseError_En(result.Code())) + " At byte " +
                   std::to_string(result.Offset()) + ".",
               like);
    }
  }

  void check_object() const {
    if (!value->IsObject()) complain("The body must be a JSON object.", example);
    std::set<std::string_view> seen;
    for (const auto& member : value->GetObject()) {
      if (!seen.insert(view_of(member.name)).second) {
        complain("The member \"" + std::string(view_of(member.name)) + "\" stands there twice.", example);
      }
    }
  }

  const rapidjson::Value* find(std::string_view name) {
    asked.push_back(std::string(name));
    const auto place =
        value->FindMember(rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size())));
    return place == value->MemberEnd() ? nullptr : &place->value;
  }

  rapidjson::Document own;
  const rapidjson::Value* value = nullptr;
  std::string example;
  std::vector<std::string> asked;
};

json_reader::json_reader(std::string_view body, std::string_view example)
    : state_(std::make_unique<state>(body, example)) {}
json_reader::json_reader(std::unique_ptr<state> of) : state_(std::move(of)) {}
json_reader::~json_reader() = default;

std::optional<std::string> json_reader::text_if_present(std::string_view name, std::size_t bytes_max) {
  const rapidjson::Value* member = state_->find(name);
  if (member == nullptr) return std::nullopt;
  const std::string quoted = "\"" + std::string(name) + "\"";
  if (!member->IsString()) complain(quoted + " must be a string.", state_->example);
  const std::string_view text = view_of(*member);
  if (text.empty() || text.size() > bytes_max) {
    complain(quoted + " must have 1 to " + std::to_string(bytes_max) + " bytes.", state_->example);
  }
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      complain(quoted + " must have no control characters.", state_->example);
    }
  }
  return std::string(text);
}

std::optional<std::int64_t> json_reader::integer_if_present(std::string_view name, std::int64_t least,
                                                            std::int64_t most) {
  const rapidjson::Value* member = state_->find(name);
  if (member == nullptr) return std::nullopt;
  if (!member->IsInt64() || member->GetInt64() < least || member->GetInt64() > most) {
    complain("\"" + std::string(name) + "\" must be an integer from " + std::to_string(least) + " to " +
                 std::to_string(most) + ".",
             state_->example);
  }
  return member->GetInt64();
}

std::optional<double> json_reader::number_if_present(std::string_view name, double least, double most) {
  const rapidjson::Value* member = state_->find(name);
  if (member == nullptr) return std::nullopt;
  if (!member->IsNumber() || member->GetDouble() < least || member->GetDouble() > most) {
    complain("\"" + std::string(name) + "\" must be a number from " + std::to_string(least) + " to " +
                 std::to_string(most) + ".",
             state_->example);
  }
  return member->GetDouble();
}

std::string json_reader::text(std::string_view name, std::size_t bytes_max) {
  if (auto found = text_if_present(name, bytes_max)) return std::move(*found);
  complain("\"" + std::string(name) + "\" is missing.", state_->example);
}

std::int64_t json_reader::integer(std::string_view name, std::int64_t least, std::int64_t most) {
  if (const auto found = integer_if_present(name, least, most)) return *found;
  complain("\"" + std::string(name) + "\" is missing.", state_->example);
}

double json_reader::number(std::string_view name, double least, double most) {
  if (const auto found = number_if_present(name, least, most)) return *found;
  complain("\"" + std::string(name) + "\" is missing.", state_->example);
}

void json_reader::finish() const {
  for (const auto& member : state_->value->GetObject()) {
    const std::string name(view_of(member.name));
    bool known = false;
    for (const auto& asked : state_->asked) known = known || asked == name;
    if (!known) complain("The member \"" + name + "\" is not known here.", state_->example);
  }
}

std::size_t json_reader::for_each(std::string_view body, std::string_view example,
                                  const std::function<void(json_reader&)>& each) {
  rapidjson::Document whole;
  state::parse(whole, body, example);
  const auto read_one = [&](const rapidjson::Value& one) {
    json_reader reader(std::make_unique<state>(one, example));
    each(reader);
    reader.finish();
  };
  if (!whole.IsArray()) {
    read_one(whole);
    return 1;
  }
  for (const auto& one : whole.GetArray()) read_one(one);
  return whole.Size();
}

}  // namespace sagad::participants
