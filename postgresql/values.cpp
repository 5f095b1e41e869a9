#include "postgresql/values.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <stdexcept>
#include <type_traits>
#include <utility>

namespace sagad::postgresql {
namespace {

static_assert(std::is_same_v<type_number, Oid>);

template <typename Integer>
void append_big_endian(std::string& to, Integer value) {
  for (std::size_t left = sizeof value; left > 0; --left) {
    to.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> ((left - 1) * 8U) & 0xffU));
  }
}

template <typename Integer>
std::string big_endian(Integer value) {
  std::string result;
  append_big_endian(result, value);
  return result;
}

// Of the array's header: dimensions, whether it has nulls, the elements' type, how many, and the first one's number.
constexpr std::size_t count_at = 12;

type_number array_of(type of) {
  switch (of) {
    case type::boolean: return 1000;
    case type::bytea: return 1001;
    case type::int4: return 1007;
    case type::int8: return 1016;
    case type::text: return 1009;
  }
  throw std::logic_error("postgresql: no array of this type");
}

}  // namespace

column::column(type of) : of_(of) {
  append_big_endian(encoded_, std::int32_t{1});
  append_big_endian(encoded_, std::int32_t{0});
  append_big_endian(encoded_, static_cast<std::int32_t>(of));
  append_big_endian(encoded_, std::int32_t{0});
  append_big_endian(encoded_, std::int32_t{1});
}

void column::begin_element(std::size_t bytes) {
  append_big_endian(encoded_, static_cast<std::int32_t>(bytes));
  ++count_;
}

void column::add_bool(bool value) {
  begin_element(1);
  encoded_.push_back(value ? '\1' : '\0');
}

void column::add_int4(std::int32_t value) {
  begin_element(sizeof value);
  append_big_endian(encoded_, value);
}

void column::add_int8(std::int64_t value) {
  begin_element(sizeof value);
  append_big_endian(encoded_, value);
}

void column::add_bytes(std::string_view value) {
  begin_element(value.size());
  encoded_.append(value);
}

std::string column::take() {
  if (count_ == 0) {
    // An empty array has no dimension.
    encoded_.resize(count_at);
    encoded_.replace(0, 4, big_endian(std::int32_t{0}));
  } else {
    encoded_.replace(count_at, 4, big_endian(static_cast<std::int32_t>(count_)));
  }
  return std::move(encoded_);
}

parameters& parameters::add(type_number of, std::string value) {
  types_.push_back(of);
  values_.push_back(std::move(value));
  return *this;
}

parameters& parameters::boolean(bool value) {
  return add(static_cast<type_number>(type::boolean), std::string(1, value ? '\1' : '\0'));
}

parameters& parameters::int4(std::int32_t value) {
  return add(static_cast<type_number>(type::int4), big_endian(value));
}

parameters& parameters::int8(std::int64_t value) {
  return add(static_cast<type_number>(type::int8), big_endian(value));
}

parameters& parameters::text(std::string_view value) {
  return add(static_cast<type_number>(type::text), std::string(value));
}

parameters& parameters::bytes(std::string_view value) {
  return add(static_cast<type_number>(type::bytea), std::string(value));
}

parameters& parameters::null() {
  types_.push_back(0);
  values_.emplace_back();
  return *this;
}

parameters& parameters::array(column&& values) {
  return add(array_of(values.of_), values.take());
}

std::vector<const char*> parameters::pointers() const {
  std::vector<const char*> result;
  for (const auto& value : values_) result.push_back(value ? value->data() : nullptr);
  return result;
}

std::vector<int> parameters::lengths() const {
  std::vector<int> result;
  for (const auto& value : values_) result.push_back(value ? static_cast<int>(value->size()) : 0);
  return result;
}

rows::~rows() {
  PQclear(result_);
}

int rows::size() const noexcept {
  return PQntuples(result_);
}

bool rows::is_null(int row, int at) const noexcept {
  return PQgetisnull(result_, row, at) != 0;
}

std::string_view rows::command() const noexcept {
  return result_ == nullptr ? "" : PQcmdStatus(result_);
}

std::int64_t rows::changed() const noexcept {
  const std::string_view text = result_ == nullptr ? "" : PQcmdTuples(result_);
  std::int64_t count = 0;
  std::from_chars(text.data(), text.data() + text.size(), count);
  return count;
}

rows& rows::operator=(rows&& other) noexcept {
  std::swap(result_, other.result_);
  return *this;
}

std::string_view rows::bytes(int row, int at) const noexcept {
  return {PQgetvalue(result_, row, at), static_cast<std::size_t>(PQgetlength(result_, row, at))};
}

bool rows::boolean(int row, int at) const {
  return integer(row, at) != 0;
}

std::int64_t rows::integer(int row, int at) const {
  const auto found = bytes(row, at);
  if (found.empty() || found.size() > 8) throw std::runtime_error("a value that is no integer");
  // The sign is in the first byte.
  std::int64_t value = static_cast<signed char>(found.front());
  for (std::size_t next = 1; next < found.size(); ++next) value = value * 256 + static_cast<unsigned char>(found[next]);
  return value;
}

}  // namespace sagad::postgresql
