#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>

#include "api/openapi_text.hpp"
#include "api/routes.hpp"
#include "base/problem.hpp"

namespace sagad::api {
namespace {

YAML::Node contract() {
  return YAML::Load(std::string(openapi_text()));
}

// `GET /v1/sagas/*`
std::set<std::string> of_the_router() {
  std::set<std::string> all;
  for (const auto& one : all_routes()) {
    std::string path;
    for (std::size_t at = 0; at < one.count; ++at) path += "/" + std::string(one.segments[at]);
    std::string_view methods = one.methods;
    while (true) {
      const auto comma = methods.find(", ");
      all.insert(std::string(methods.substr(0, comma)) + " " + path);
      if (comma == std::string_view::npos) break;
      methods.remove_prefix(comma + 2);
    }
  }
  return all;
}

std::set<std::string> of_the_contract() {
  std::set<std::string> all;
  for (const auto& item : contract()["paths"]) {
    auto path = item.first.as<std::string>();
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{')) {
      path.replace(at, path.find('}') - at + 1, "*");
    }
    for (const auto& operation : item.second) {
      auto method = operation.first.as<std::string>();
      if (method == "parameters") continue;
      for (auto& letter : method) letter = static_cast<char>(std::toupper(letter));
      all.insert(method + " " + path);
    }
  }
  return all;
}

TEST(openapi, names_every_route_of_the_router_and_no_other) {
  EXPECT_EQ(of_the_contract(), of_the_router());
}

// `GET /v1/sagas/*?wait`, of each parameter that stands in a query, but for those of routes that read them themselves.
std::set<std::string> parameters_of_the_router() {
  std::set<std::string> all;
  for (const auto& one : all_routes()) {
    std::string path;
    for (std::size_t at = 0; at < one.count; ++at) path += "/" + std::string(one.segments[at]);
    for (const auto& of : one.takes) {
      for (const auto& name : of.names) {
        if (!name.empty()) all.insert(std::string(of.method) + " " + path + "?" + std::string(name));
      }
    }
  }
  return all;
}

YAML::Node resolved(const YAML::Node& page, const YAML::Node& parameter) {
  if (!parameter["$ref"]) return parameter;
  const auto reference = parameter["$ref"].as<std::string>();
  return page["components"]["parameters"][reference.substr(reference.rfind('/') + 1)];
}

std::set<std::string> parameters_of_the_contract() {
  const auto page = contract();
  std::set<std::string> all;
  for (const auto& route : of_the_router()) {
    auto path = route.substr(route.find(' ') + 1);
    auto method = route.substr(0, route.find(' '));
    for (const auto& item : page["paths"]) {
      auto template_path = item.first.as<std::string>();
      for (auto at = template_path.find('{'); at != std::string::npos; at = template_path.find('{')) {
        template_path.replace(at, template_path.find('}') - at + 1, "*");
      }
      if (template_path != path) continue;
      auto name = method;
      for (auto& letter : name) letter = static_cast<char>(std::tolower(letter));
      for (const auto& parameter : item.second[name]["parameters"]) {
        const auto one = resolved(page, parameter);
        if (one["in"].as<std::string>() == "query") all.insert(route + "?" + one["name"].as<std::string>());
      }
    }
  }
  return all;
}

// Those are tables of their own, which a test of the running process holds against the contract.
TEST(openapi, names_every_parameter_that_a_route_takes_and_no_other) {
  auto told = parameters_of_the_contract();
  std::set<std::string> taken;
  for (const auto& one : parameters_of_the_router()) {
    if (!one.ends_with("?*")) {
      taken.insert(one);
      continue;
    }
    const auto route = one.substr(0, one.size() - 1);
    EXPECT_GT(std::erase_if(told, [&](const std::string& each) { return each.starts_with(route); }), 0U) << route;
  }
  EXPECT_EQ(told, taken);
}

TEST(openapi, names_every_type_of_problem_and_no_other) {
  std::set<std::string> told;
  for (const auto& type : contract()["components"]["schemas"]["problem_type"]["enum"]) {
    told.insert(type.as<std::string>());
  }
  std::set<std::string> known;
  for (auto code = static_cast<unsigned>(problem_code::malformed);
       code <= static_cast<unsigned>(problem_code::draining); ++code) {
    known.insert("urn:sagad:problem:" + std::string(name(static_cast<problem_code>(code))));
  }
  EXPECT_EQ(told, known);
}

// Of a response of the contract its types of problems, each without what all begin with.
std::set<std::string> types_of(const YAML::Node& response) {
  std::set<std::string> all;
  if (!response["content"]["application/problem+json"]) return all;
  const auto type = response["content"]["application/problem+json"]["schema"]["properties"]["type"];
  const auto add = [&all](const YAML::Node& one) { all.insert(one.as<std::string>().substr(18)); };
  if (type["const"]) add(type["const"]);
  for (const auto& one : type["enum"]) add(one);
  return all;
}

TEST(openapi, names_each_problem_under_the_status_that_it_has) {
  const auto page = contract();
  std::set<std::string> named;
  for (const auto& item : page["paths"]) {
    for (const auto& operation : item.second) {
      if (operation.first.as<std::string>() == "parameters") continue;
      for (const auto& one : operation.second["responses"]) {
        if (!one.second["$ref"]) continue;
        const auto reference = one.second["$ref"].as<std::string>();
        const auto response = page["components"]["responses"][reference.substr(reference.rfind('/') + 1)];
        ASSERT_TRUE(response) << reference;
        for (const auto& type : types_of(response)) {
          named.insert(type);
          for (unsigned code = 0; code <= static_cast<unsigned>(problem_code::draining); ++code) {
            if (name(static_cast<problem_code>(code)) != type) continue;
            EXPECT_EQ(std::to_string(http_status(static_cast<problem_code>(code))), one.first.as<std::string>())
                << type;
          }
        }
      }
    }
  }
  for (const auto& type : page["components"]["x-any-route"]["problems"]) named.insert(type.as<std::string>());
  EXPECT_EQ(named.size(), static_cast<std::size_t>(problem_code::draining) + 1) << "each is answered somewhere";
}

}  // namespace
}  // namespace sagad::api
