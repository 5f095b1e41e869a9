#pragma once

#include <string>
#include <string_view>
#include <vector>

/// SQL that services write for SQLite, as PostgreSQL has it.
namespace sagad::barrier::postgresql_words {

/// A statement's `?` as `$1`, `$2` ...; not those within quotes.
std::string numbered(std::string_view sql);

/// A schema's statements, with the few words that PostgreSQL has others for translated: see connection::define.
std::vector<std::string> definitions(std::string_view schema);

/// The name in CREATE TABLE IF NOT EXISTS name and CREATE INDEX IF NOT EXISTS name; empty for all else.
std::string defined_name(std::string_view definition);

}  // namespace sagad::barrier::postgresql_words
