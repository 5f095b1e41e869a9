#pragma once

#include <string>
#include <string_view>

/// What texts can be values: each function says in a sentence why one cannot, or gives the empty string.
namespace sagad::config::check {

/// An IP address with a port, 0 allowed: `127.0.0.1:7070`, `[::1]:7070`, `localhost:7070`.
std::string listen(std::string_view text);
/// `log:DIR`, `postgresql://...` without a password, or `memory:`.
std::string journal(std::string_view text);
/// Whether it names a database: `postgresql://...`.
bool is_database(std::string_view text);
/// A path of at most 4096 bytes, or empty.
std::string path(std::string_view text);
/// A folder that is there, or empty.
std::string folder(std::string_view text);
/// http(s)://host[:port][/path], without user, query and slash at the end; or empty.
std::string public_url(std::string_view text);
/// A participant's `http://host:port`.
std::string endpoint(std::string_view text);
/// The beginning of what sagas may call: `/v1/`.
std::string path_prefix(std::string_view text);
/// `[a-z][a-z0-9_-]{0,63}`, as of definitions and participants.
std::string name(std::string_view text);
/// A token's name: 1-64 printable characters of ASCII without blanks.
std::string token_name(std::string_view text);
/// 64 hexadecimal digits.
std::string sha256(std::string_view text);
/// One of the roles.
std::string role(std::string_view text);
/// A header that credentials may go into.
std::string header_name(std::string_view text);
/// A variable's name, or empty.
std::string variable_name(std::string_view text);

/// Of an address that `listen` accepts: whether only this machine reaches it.
bool is_loopback(std::string_view listen_address);

}  // namespace sagad::config::check
