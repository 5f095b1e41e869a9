#include "views/search.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "engine/engine.hpp"
#include "json/json.hpp"
#include "view_bench.hpp"
#include "views/blob.hpp"
#include "views/label_index.hpp"
#include "views/project.hpp"

namespace sagad::views::tests {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

/// Pages of a file against the same sagas, projected by themselves and sieved in the plainest way.
class a_search : public testing::Test {
 protected:
  void SetUp() override {
    journal.write(courses, 2);
    filled.read(1'000'000);
    filled.write(now);
    for (const auto& course : courses) {
      auto& row = rows.emplace_back();
      row.id = course.id;
      for (const auto& bytes : course.records) {
        project(row, journal::stored_record{course.id, 1, row.seq + 1, bytes});
      }
    }
    std::sort(rows.begin(), rows.end(), [](const row& left, const row& right) { return left.id > right.id; });
  }

  std::vector<std::string> expected(const std::function<bool(const row&)>& wanted) const {
    std::vector<std::string> ids;
    for (const auto& row : rows) {
      if (wanted(row)) ids.push_back(row.id.text());
    }
    return ids;
  }

  // All pages, of this many sagas each.
  std::vector<std::string> found(query query, std::size_t a_page = 7) {
    std::vector<std::string> ids;
    query.sagas_max = a_page;
    for (int pages = 0;; ++pages) {
      const auto page = search(query, filled.file(), budget);
      const auto some = ids_of(page);
      EXPECT_LE(some.size(), a_page);
      ids.insert(ids.end(), some.begin(), some.end());
      if (!page.next) return ids;
      if (pages > 1000) throw std::runtime_error("pages without an end");
      query.before = page.next;
    }
  }

  void expect_found(const query& query, const std::function<bool(const row&)>& wanted, bool may_be_none = false) {
    const auto ids = expected(wanted);
    EXPECT_TRUE(may_be_none || !ids.empty()) << "nothing is tested";
    EXPECT_TRUE(may_be_none || ids.size() < rows.size()) << "nothing is tested";
    EXPECT_THAT(found(query), ElementsAreArray(ids));
  }

  static std::string name_of(const row& row) {
    const auto known = definition_of(row.definition);
    return known == nullptr ? std::string() : known->name;
  }
  static finding found_by(const row& row) {
    if (const auto* one = worst(row)) {
      return {"s" + std::to_string(one->operation.step), static_cast<std::int64_t>(one->error)};
    }
    return {row.turned.by_a_step() ? "s" + std::to_string(row.turned.step) : "",
            static_cast<std::int64_t>(row.turned.why)};
  }

  std::vector<course> courses = random_courses(9, 400);
  std::vector<row> rows;
  written_journal journal;
  definition_source definitions = definition_of;
  projector filled{journal.store(), database::create(":memory:", journal.store().opened().identity, definitions, {})};
  page_budget budget{10'000, 100, 1U << 20U, [] { return std::int64_t{0}; }};
};

TEST_F(a_search, finds_all_newest_first_in_pages) {
  EXPECT_THAT(found({}), ElementsAreArray(expected([](const row&) { return true; })));
  EXPECT_THAT(found({}, 400), ElementsAreArray(expected([](const row&) { return true; })));
}

TEST_F(a_search, finds_by_every_set_of_states) {
  for (unsigned states = 2; states < 256; states += 2) {
    query wanted;
    wanted.filter.states = static_cast<shown_set>(states);
    expect_found(
        wanted, [&](const row& row) { return (states & only(state_of(row))) != 0; }, true);
  }
}

TEST_F(a_search, finds_by_definition_alone_and_with_states) {
  query wanted;
  wanted.filter.definition = "refund";
  expect_found(wanted, [](const row& row) { return name_of(row) == "refund"; });
  wanted.filter.states = unfinished;
  expect_found(wanted, [](const row& row) { return name_of(row) == "refund" && !is_final(state_of(row)); });
  wanted.filter.states = only(shown::completed);
  expect_found(wanted, [](const row& row) { return name_of(row) == "refund" && state_of(row) == shown::completed; });
  wanted = {};
  wanted.filter.definition = "sale";
  wanted.filter.version = 2;
  expect_found(wanted, [](const row& row) { return name_of(row) == "sale" && row.version == 2; });
  wanted.filter.definition = "unheard-of";
  EXPECT_THAT(found(wanted), testing::IsEmpty());
}

TEST_F(a_search, finds_by_step_and_error) {
  query wanted;
  wanted.filter.step = "s1";
  expect_found(wanted, [](const row& row) { return found_by(row).step == "s1"; });
  wanted.filter.error = static_cast<std::int64_t>(engine::cause::rejected);
  expect_found(
      wanted, [&](const row& row) { return found_by(row).step == "s1" && found_by(row).error == wanted.filter.error; });
  wanted.filter.step.clear();
  expect_found(wanted, [&](const row& row) { return found_by(row).error == wanted.filter.error; });
  wanted.filter.states = unfinished;
  expect_found(wanted,
               [&](const row& row) { return found_by(row).error == wanted.filter.error && !is_final(state_of(row)); });
}

TEST_F(a_search, finds_by_who_started_it) {
  query wanted;
  wanted.filter.starter = "shop";
  expect_found(wanted, [](const row& row) { return row.starter == "shop"; });
  wanted.filter.states = unfinished;
  expect_found(wanted, [](const row& row) { return row.starter == "shop" && !is_final(state_of(row)); });
  wanted.filter.starter = "sho";
  EXPECT_THAT(found(wanted), testing::IsEmpty());
}

TEST_F(a_search, finds_by_labels) {
  query wanted;
  wanted.filter.labels = {{"region", "eu-1"}};
  expect_found(wanted, [](const row& row) { return row.labels == R"({"region":"eu-1"})"; });
  wanted.filter.definition = "sale";
  expect_found(wanted, [](const row& row) { return row.labels == R"({"region":"eu-1"})" && name_of(row) == "sale"; });
  wanted.filter.definition = "refund";
  expect_found(wanted, [](const row& row) { return row.labels == R"({"region":"eu-1"})" && name_of(row) == "refund"; });
  wanted.filter.definition.clear();
  wanted.filter.states = unfinished;
  expect_found(wanted, [](const row& row) { return row.labels == R"({"region":"eu-1"})" && !is_final(state_of(row)); });
  wanted.filter.states = only(shown::completed) | only(shown::compensated);
  expect_found(wanted, [&](const row& row) {
    return row.labels == R"({"region":"eu-1"})" && (wanted.filter.states & only(state_of(row))) != 0;
  });
  wanted.filter.states = 0;
  wanted.filter.labels.emplace_back("channel", "web");
  EXPECT_THAT(found(wanted), testing::IsEmpty());
}

TEST_F(a_search, finds_by_labels_that_lie_in_many_spans) {
  std::vector<label> indexed;
  auto& file = filled.file().connection();
  journal::statement all(file, "SELECT id, name, value FROM indexed_labels ORDER BY id");
  while (all.step()) {
    copy_bytes(all.blob(0), indexed.emplace_back().of.bytes);
    indexed.back().name = all.blob(1);
    indexed.back().value = all.blob(2);
  }
  file.run("DELETE FROM indexed_labels");
  file.run("DELETE FROM label_spans");
  label_index(file, 8).add(indexed);
  journal::statement spans(file, "SELECT count(*) FROM label_spans");
  ASSERT_TRUE(spans.step());
  ASSERT_GT(spans.integer(0), 10);

  const auto is_wanted = [](const row& row) { return row.labels == R"({"region":"eu-1"})"; };
  query wanted;
  wanted.filter.labels = {{"region", "eu-1"}};
  expect_found(wanted, is_wanted);
  wanted.filter.since = rows[rows.size() * 3 / 4].id.made_at();
  wanted.filter.until = rows[rows.size() / 4].id.made_at();
  expect_found(wanted, [&](const row& row) {
    return is_wanted(row) && row.started >= wanted.filter.since && row.started < wanted.filter.until;
  });
}

TEST_F(a_search, reads_no_more_than_it_finds_by_a_label_that_is_indexed) {
  const auto is_wanted = [](const row& row) { return row.labels == R"({"region":"eu-1"})" && name_of(row) == "sale"; };
  query wanted;
  wanted.filter.labels = {{"region", "eu-1"}};
  wanted.sagas_max = 1000;
  filled.file().connection().run("DELETE FROM loose_labels");
  const auto ids = expected(is_wanted);
  ASSERT_LT(ids.size(), rows.size() / 4);
  budget.rows_read_max = ids.size();
  const auto page = search(wanted, filled.file(), budget);
  EXPECT_FALSE(page.reached);
  EXPECT_THAT(ids_of(page), ElementsAreArray(ids));
}

TEST_F(a_search, finds_by_when_it_was_started) {
  query wanted;
  wanted.filter.since = rows[300].id.made_at();
  wanted.filter.until = rows[100].id.made_at();
  const auto within = [&](const row& row) {
    return row.id.made_at() >= wanted.filter.since && row.id.made_at() < wanted.filter.until;
  };
  expect_found(wanted, within);
  wanted.filter.definition = "sale";
  expect_found(wanted, [&](const row& row) { return within(row) && name_of(row) == "sale"; });
}

TEST_F(a_search, finds_by_id_alone_or_by_a_range_of_them) {
  query wanted;
  wanted.filter.lowest = rows[20].id;
  wanted.filter.highest = rows[10].id;
  const auto within = [&](const row& row) { return row.id >= rows[20].id && row.id <= rows[10].id; };
  expect_found(wanted, within);
  wanted.filter.highest = wanted.filter.lowest;
  EXPECT_THAT(found(wanted), testing::ElementsAre(rows[20].id.text()));
}

TEST_F(a_search, finds_texts_wherever_a_row_has_them_whatever_their_case) {
  query wanted;
  wanted.filter.text = "EU-1";
  expect_found(wanted, [](const row& row) { return row.labels.find("eu-1") != std::string::npos; });
  wanted.filter.text = "order-1";
  expect_found(wanted, [](const row& row) { return row.key.find("order-1") != std::string::npos; });
  wanted.filter.text = "refund";
  expect_found(wanted, [](const row& row) { return name_of(row) == "refund"; });
  wanted.filter.text = "deadline";
  expect_found(wanted, [](const row& row) { return row.turned.why == engine::cause::deadline; });
}

TEST_F(a_search, finds_a_label_by_what_a_person_types_however_json_writes_it) {
  row labelled;
  labelled.id = saga_id::make(now, 1, 1);
  labelled.definition = rows.front().definition;
  labelled.labels = R"({"shop":"Jim's \"Best\" \u00e9\n1","Ort":"Köln"})";
  labelled.seq = 1;
  batch added;
  added.upto = filled.file().upto();
  added.as_of = now;
  added.changes.emplace_back().now = labelled;
  filled.file().write(added);
  for (const auto* text : {"jim's \"best\"", "é", "Köln", "shop=jim", "ORT=K", "\"best\" é\n1"}) {
    query wanted;
    wanted.filter.text = text;
    EXPECT_THAT(found(wanted), testing::ElementsAre(labelled.id.text())) << text;
  }
  for (const auto* text : {"u00e9", "\\\"", "\":\"", "1\nOrt"}) {
    query wanted;
    wanted.filter.text = text;
    EXPECT_THAT(found(wanted), testing::IsEmpty()) << text;
  }
}

TEST_F(a_search, says_how_far_it_got_when_it_has_read_enough) {
  budget.rows_read_max = 30;
  query wanted;
  wanted.filter.text = "order-1";
  wanted.sagas_max = 1000;
  const auto page = search(wanted, filled.file(), budget);
  ASSERT_TRUE(page.reached);
  EXPECT_EQ(*page.reached, rows[29].id.made_at());
  EXPECT_EQ(page.next, rows[29].id);
  EXPECT_THAT(found(wanted, 1000),
              ElementsAreArray(expected([](const row& row) { return row.key.find("order-1") != std::string::npos; })));
  budget.rows_read_max = rows.size();
  EXPECT_FALSE(search(wanted, filled.file(), budget).reached) << "all was read";
}

TEST_F(a_search, holds_the_file_no_longer_than_it_may) {
  std::int64_t passed = 0;
  budget.steady_milliseconds = [&passed] { return passed += 60; };
  query wanted;
  wanted.filter.text = "nowhere at all";
  const auto page = search(wanted, filled.file(), budget);
  EXPECT_EQ(page.next, rows[127].id) << "looked at the time every 64 rows";
  EXPECT_TRUE(page.reached);
}

TEST_F(a_search, ends_a_page_that_has_become_large) {
  const auto whole = search({}, filled.file(), budget).sagas.size();
  budget.page_bytes_max = whole / 3;
  const auto page = search({}, filled.file(), budget);
  EXPECT_LT(page.sagas.size(), whole / 2);
  EXPECT_FALSE(page.reached) << "it is full: nothing was passed over";
  EXPECT_THAT(found({}, 50), ElementsAreArray(expected([](const row&) { return true; })));
  budget.page_bytes_max = 1;
  EXPECT_EQ(ids_of(search({}, filled.file(), budget)).size(), 1U) << "one there is always";
}

TEST_F(a_search, names_its_sagas_with_their_newest_records_and_may_leave_out_what_they_show) {
  query wanted;
  wanted.filter.states = unfinished;
  wanted.sagas_max = 5;
  auto page = search(wanted, filled.file(), budget);
  std::vector<seen_saga> newest;
  for (const auto& row : rows) {
    if (newest.size() < 5 && !is_final(state_of(row))) newest.push_back({row.id, row.seq});
  }
  ASSERT_EQ(newest.size(), 5U);
  EXPECT_EQ(page.seen, newest);
  const auto next = page.next;
  wanted.bare = true;
  page = search(wanted, filled.file(), budget);
  EXPECT_EQ(page.seen, newest);
  EXPECT_EQ(page.sagas, "[]");
  EXPECT_EQ(page.next, next);
}

TEST_F(a_search, ends_with_the_last_page_that_is_just_full) {
  query wanted;
  wanted.sagas_max = rows.size();
  EXPECT_FALSE(search(wanted, filled.file(), budget).next);
  wanted.sagas_max = rows.size() - 1;
  EXPECT_EQ(search(wanted, filled.file(), budget).next, rows[rows.size() - 2].id);
}

TEST_F(a_search, shows_what_a_saga_is_and_why) {
  const auto shown_of = [&](const std::function<bool(const row&)>& which) {
    query wanted;
    const auto one = std::find_if(rows.begin(), rows.end(), which);
    if (one == rows.end()) throw std::runtime_error("there is none");
    wanted.filter.lowest = wanted.filter.highest = one->id;
    const auto page = search(wanted, filled.file(), budget);
    EXPECT_FALSE(json::check(page.sagas)) << page.sagas;
    return page.sagas;
  };
  EXPECT_THAT(shown_of([](const row& row) { return state_of(row) == shown::stuck && name_of(row) == "sale"; }),
              testing::AllOf(HasSubstr(R"("state":"stuck","direction")"), HasSubstr(R"("trouble":{"step":"s)"),
                             HasSubstr(R"("state":"blocked","blocked_by":")")));
  EXPECT_THAT(shown_of([](const row& row) {
                return state_of(row) == shown::compensated && row.turned.why == engine::cause::rejected;
              }),
              testing::AllOf(HasSubstr(R"("state":"compensated","outcome":"compensated")"),
                             HasSubstr(R"("turned_back":{"cause":"rejected","step":"s)")));
  EXPECT_THAT(shown_of([](const row& row) { return !row.key.empty() && !row.labels.empty(); }),
              testing::AllOf(HasSubstr(R"("key":"order-)"), HasSubstr(R"("labels":{"region":"eu-)")));
}

}  // namespace
}  // namespace sagad::views::tests
