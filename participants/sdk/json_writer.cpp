#include "participants/sdk/json_writer.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace sagad::participants {

class json_writer::state {
 public:
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out{buffer};

  void name(std::string_view value) {
    if (!value.empty()) out.Key(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }
};

json_writer::json_writer() : state_(std::make_unique<state>()) {}
json_writer::~json_writer() = default;

void json_writer::open_object(std::string_view name) {
  state_->name(name);
  state_->out.StartObject();
}

void json_writer::close_object() {
  state_->out.EndObject();
}

void json_writer::open_array(std::string_view name) {
  state_->name(name);
  state_->out.StartArray();
}

void json_writer::close_array() {
  state_->out.EndArray();
}

void json_writer::text(std::string_view name, std::string_view value) {
  state_->name(name);
  // RapidJSON asserts on a null pointer, which an empty view may hold.
  state_->out.String(value.empty() ? "" : value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

void json_writer::integer(std::string_view name, std::int64_t value) {
  state_->name(name);
  state_->out.Int64(value);
}

void json_writer::boolean(std::string_view name, bool value) {
  state_->name(name);
  state_->out.Bool(value);
}

void json_writer::number(std::string_view name, double value) {
  state_->name(name);
  state_->out.Double(value);
}

std::string json_writer::take() {
  return {state_->buffer.GetString(), state_->buffer.GetSize()};
}

}  // namespace sagad::participants
