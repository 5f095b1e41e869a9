#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct pg_result;  // libpq's PGresult

/// Values as PostgreSQL's binary protocol has them: big-endian, arrays with a header.
namespace sagad::postgresql {

using type_number = unsigned int;  ///< libpq's Oid

/// A type by the number that every server gives it.
enum class type : type_number { boolean = 16, bytea = 17, int8 = 20, int4 = 23, text = 25 };

/// An array that goes to the server as one parameter.
class column {
 public:
  explicit column(type of);

  void add_bool(bool value);
  void add_int4(std::int32_t value);
  void add_int8(std::int64_t value);
  void add_bytes(std::string_view value);  ///< bytea or text

  std::size_t size() const noexcept { return count_; }

 private:
  friend class parameters;
  void begin_element(std::size_t bytes);
  std::string take();

  type of_;
  std::size_t count_ = 0;
  std::string encoded_;
};

/// What a statement is asked with, $1 first.
class parameters {
 public:
  parameters& boolean(bool value);
  parameters& int4(std::int32_t value);
  parameters& int8(std::int64_t value);
  parameters& text(std::string_view value);
  parameters& bytes(std::string_view value);
  parameters& null();
  parameters& array(column&& values);

  int count() const noexcept { return static_cast<int>(values_.size()); }
  const type_number* types() const noexcept { return types_.data(); }
  /// Of the values, as libpq wants them; they live as long as this.
  std::vector<const char*> pointers() const;
  std::vector<int> lengths() const;

 private:
  parameters& add(type_number of, std::string value);

  std::vector<type_number> types_;
  std::vector<std::optional<std::string>> values_;
};

/// A statement's answer.
class rows {
 public:
  explicit rows(pg_result* result) noexcept : result_(result) {}
  ~rows();
  rows(rows&& other) noexcept : result_(other.result_) { other.result_ = nullptr; }
  rows& operator=(rows&& other) noexcept;
  rows(const rows&) = delete;
  rows& operator=(const rows&) = delete;

  int size() const noexcept;
  bool empty() const noexcept { return size() == 0; }
  bool is_null(int row, int at) const noexcept;
  /// What was done, as "COMMIT", and how many rows it gave or changed.
  std::string_view command() const noexcept;
  std::int64_t changed() const noexcept;

  /// The value in a place whose type is that, in binary; asked of none that is null.
  bool boolean(int row, int at) const;
  std::int64_t integer(int row, int at) const;             ///< of any size
  std::string_view bytes(int row, int at) const noexcept;  ///< as they came, in text too

 private:
  pg_result* result_;
};

}  // namespace sagad::postgresql
