#pragma once

#include <string>

#include "journal/sqlite.hpp"
#include "views/database.hpp"

namespace sagad::views {

/// Each is made once, and run many times.
struct database::statements {
  using statement = journal::statement;

  explicit statements(journal::sqlite& on)
      : find(on, std::string("SELECT ") + row_columns + " FROM sagas s WHERE s.id = ?"),
        insert(on,
               "INSERT INTO sagas (id, definition, name, state, phase, seq, position, started, changed, key, starter, "
               "labels, step, error, trouble, version)",
               16),
        progress(on, "UPDATE sagas SET phase = ?, seq = ?, position = ?, changed = ?, trouble = ? WHERE id = ?"),
        move(on,
             "UPDATE sagas SET phase = ?, seq = ?, position = ?, changed = ?, trouble = ?, state = ?, step = ?, "
             "error = ? WHERE id = ?"),
        count(on, "INSERT INTO counts VALUES (?1, ?2, ?3) ON CONFLICT (name, state) DO UPDATE SET sagas = sagas + ?3"),
        uncount(on, "DELETE FROM counts WHERE name = ? AND state = ? AND sagas = 0"),
        fly(on,
            "INSERT INTO in_flight VALUES (?1, ?2, ?3) "
            "ON CONFLICT (definition, version) DO UPDATE SET sagas = sagas + ?3"),
        land(on, "DELETE FROM in_flight WHERE definition = ? AND version = ? AND sagas = 0"),
        after(on, "SELECT id FROM sagas WHERE id > ? ORDER BY id LIMIT ?"),
        remove(on, "DELETE FROM sagas WHERE id = ?"),
        indexed(on),
        add_loose(on, "INSERT OR IGNORE INTO loose_labels", 2),
        remove_loose(on, "DELETE FROM loose_labels WHERE name = ? AND id = ?"),
        loose(on, "SELECT 1 FROM loose_labels WHERE name = ? LIMIT 1"),
        position(on, "INSERT OR REPLACE INTO positions VALUES (?, ?)"),
        upto(on, "UPDATE meta SET upto = ?, as_of = ?"),
        number(on, "SELECT number FROM definitions WHERE content = ?"),
        definition(on,
                   "SELECT d.content, d.name, n.name FROM definitions d JOIN names n ON n.number = d.name "
                   "WHERE d.number = ?"),
        add_definition(on, "INSERT INTO definitions (content, name) VALUES (?, ?) RETURNING number"),
        name(on, "SELECT number FROM names WHERE name = ?"),
        add_name(on, "INSERT INTO names (name) VALUES (?) RETURNING number"),
        flying(on,
               "SELECT f.sagas FROM in_flight f JOIN definitions d ON d.number = f.definition "
               "WHERE d.content = ? AND f.version = ?") {}

  statement find;
  journal::row_inserter insert;
  statement progress, move, count, uncount, fly, land, after, remove;
  label_index indexed;
  journal::row_inserter add_loose;
  statement remove_loose, loose, position, upto, number, definition, add_definition, name, add_name, flying;
};

}  // namespace sagad::views
