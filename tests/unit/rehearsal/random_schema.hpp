#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

namespace sagad::rehearsal::testing {

/// Schemas at random, as JSON, that some value fits.
class random_schema {
 public:
  explicit random_schema(unsigned seed) : random_(seed) {}

  std::string root() {
    std::string defined;
    for (const char* name : {"first", "second"}) {
      defined += std::string(defined.empty() ? "" : ",") + "\"" + name + "\":" + any(2);
    }
    // Refers to itself, where that may be absent.
    defined += R"(,"tree":{"type":"object","required":["value"],"properties":{"value":)" + any(1) +
               R"(,"left":{"$ref":"#/$defs/tree"},"rest":{"type":"array","items":{"$ref":"#/$defs/tree"}}}})";
    may_refer_ = true;
    return R"({"type":"object","required":["a","b"],"properties":{"a":)" + any(3) + R"(,"b":)" + any(3) + R"(,"c":)" +
           any(2) + R"(},"$defs":{)" + defined + "}}";
  }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  template <std::size_t count>
  std::string one_of(const std::array<const char*, count>& all) {
    return all[random_() % count];
  }
  static std::string text(int number) { return std::to_string(number); }

  std::string any(int depth) {
    switch (below(depth == 0 ? 6 : 10)) {
      case 0: return integer();
      case 1: return number();
      case 2: return plain_text();
      case 3: return patterned_text();
      case 4: return choices();
      case 5: return R"({"type":["boolean","null"]})";
      case 6: return may_refer_ ? reference() : integer();
      case 7: return list(depth - 1);
      case 8: return one_of(std::array{"true", "{}", R"({"minimum":3,"minLength":4,"minItems":2})"});
      default: return object(depth - 1);
    }
  }

  std::string integer() {
    const int of = 1 + below(9);
    const int least = (below(200) - 100) * of;
    switch (below(3)) {
      case 0: return R"({"type":"integer","exclusiveMinimum":)" + text(least) + R"(,"multipleOf":)" + text(of) + "}";
      case 1:
        return R"({"type":"integer","minimum":)" + text(least - below(of)) + R"(,"exclusiveMaximum":)" +
               text(least + 1) + R"(,"multipleOf":)" + text(of) + "}";
      default: return R"({"type":["integer","null"],"exclusiveMaximum":)" + text(least) + "}";
    }
  }

  std::string number() {
    return one_of(std::array{
        R"({"type":"number","exclusiveMinimum":0.1,"exclusiveMaximum":0.10000000000000000000000000000001})",
        R"({"type":"number","minimum":-0.5,"maximum":-0.5})", R"({"type":"number","exclusiveMaximum":-1e30})",
        R"({"type":"integer","exclusiveMinimum":123456789012345678901234567890,"multipleOf":999999999999999989})",
        R"({"type":"number","minimum":1e400})"});
  }

  std::string plain_text() {
    const int least = below(40);
    return R"({"type":"string","minLength":)" + text(least) + R"(,"maxLength":)" + text(least + below(4)) + "}";
  }

  std::string patterned_text() {
    return one_of(std::array{R"({"type":"string","pattern":"^[A-Z]{2}[0-9]{2,30}$"})",
                             R"({"type":"string","pattern":"^(abc|de){5,9}$","minLength":13,"maxLength":13})",
                             R"({"type":"string","pattern":"^(?:\\p{Greek}|ß)+$","minLength":5})",
                             R"({"type":"string","pattern":"^[^a-zA-Z0-9 -~]{3}$"})",
                             R"({"type":"string","pattern":"q{7}z$","minLength":20,"maxLength":22})",
                             R"({"type":"string","pattern":"\\bend\\.","minLength":9})",
                             R"({"type":"string","pattern":"^\\d{4}-(0[1-9]|1[0-2])-[[:digit:]]{2}$"})",
                             R"({"type":"string","pattern":"\\Qa|b\\E+(?i:X)\\x{4e2d}?"})",
                             R"({"type":"string","format":"date-time","pattern":"\\.[0-9]{6}Z$","minLength":27})",
                             R"({"type":"string","format":"uuid","maxLength":36})",
                             R"({"type":"string","format":"uuid","pattern":"^[0-9A-F-]+$"})",
                             R"({"type":"string","format":"date-time","pattern":"^2019-.*\\+02:00$"})",
                             R"({"type":"string","format":"email","pattern":"@shop\\.example$"})",
                             R"({"type":"string","format":"email","minLength":90,"maxLength":90})",
                             R"({"type":"string","format":"email","maxLength":3})",
                             R"({"type":"string","format":"email","pattern":"^[a-z]+@shop\\.example$"})"});
  }

  std::string choices() {
    return one_of(std::array{R"({"enum":["eu","us",7,null]})", R"({"const":{"deep":[1,2]}})",
                             R"({"type":"string","enum":[1,"größe"],"minLength":5})",
                             R"({"type":"integer","enum":["no",2.5,40,41],"exclusiveMinimum":40})"});
  }

  std::string reference() {
    return one_of(std::array{R"({"$ref":"#/$defs/first"})", R"({"$ref":"#/$defs/second","description":"the same"})",
                             R"({"$ref":"#/$defs/tree"})",
                             R"({"$ref":"#/$defs/tree","type":"object","required":["left","more"],"minLength":3})"});
  }

  std::string list(int depth) {
    const int least = below(7);
    const auto bounds = R"("minItems":)" + text(least) + R"(,"maxItems":)" + text(least + below(3)) + "}";
    if (below(2) == 0) return R"({"type":"array","items":)" + any(depth) + "," + bounds;
    return R"({"type":"array","uniqueItems":true,"items":)" +
           one_of(std::array{
               R"({"type":"string","maxLength":1})", R"({"type":"string","pattern":"^[01]{3}$"})",
               R"({"format":"uuid"})", R"({"type":"integer","minimum":5,"maximum":10})",
               R"({"type":["null","boolean","number"]})", "{}",
               R"({"type":"number","exclusiveMinimum":0,"exclusiveMaximum":1})",
               R"({"type":"string","format":"date-time"})",
               R"({"type":"object","required":["on"],"additionalProperties":false,"properties":{"on":{"type":"boolean"},"n":{"enum":[1,2,3]}}})",
               R"({"type":"array","items":{"type":"boolean"}})", R"({"type":"string","format":"email","maxLength":6})",
               R"({"type":"object"})"}) +
           "," + bounds;
  }

  std::string object(int depth) {
    return R"({"type":"object","required":["x",)" + one_of(std::array{R"("y")", R"("other~/name")"}) +
           R"(],"properties":{"x":)" + any(depth) + R"(,"z":)" + any(depth) + R"(},"additionalProperties":)" +
           any(depth) + "}";
  }

  std::minstd_rand random_;
  bool may_refer_ = false;  // what is referred to does not itself: it could hold itself without an end
};

}  // namespace sagad::rehearsal::testing
