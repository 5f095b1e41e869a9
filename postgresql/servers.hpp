#pragma once

#include <string>
#include <vector>

namespace sagad::postgresql {

/// One of those that a URL names. What is empty is as the URL says it.
struct server {
  std::string host;
  std::string hostaddr;
  std::string port;
};

/// The servers of `postgresql://USER@HOST,HOST/...` or `host=HOST,HOST ...`, in their order; one that is empty where
/// there is no more than one, or libpq may say what is wrong with it.
std::vector<server> servers_of(const std::string& url);

}  // namespace sagad::postgresql
