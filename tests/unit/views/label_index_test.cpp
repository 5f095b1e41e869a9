#include "views/label_index.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include "views/blob.hpp"

namespace sagad::views {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct empty_file : journal::sqlite {
  empty_file() : sqlite(":memory:", access::write) { run(label_index::tables); }
};

class a_label_index : public testing::Test {
 protected:
  static constexpr std::int64_t labels_a_span = 4;

  static saga_id id_at(millis at, std::uint64_t random = 0) { return saga_id::make(at, 0, random); }
  static label label_of(millis at) { return {id_at(at), "buyer", "b" + std::to_string(at)}; }
  static std::vector<label> labels_of(const std::vector<millis>& times) {
    std::vector<label> made;
    for (const auto at : times) made.push_back(label_of(at));
    return made;
  }

  using times = std::vector<millis>;
  // When the sagas of each span were made, spans in the order of their ids.
  std::vector<times> spans() {
    std::vector<times> all;
    journal::statement span(file, "SELECT number FROM label_spans ORDER BY first");
    while (span.step()) {
      auto& one = all.emplace_back();
      journal::statement rows(file, "SELECT id FROM indexed_labels WHERE span = ? ORDER BY id");
      rows.bind(1, span.integer(0));
      while (rows.step()) {
        saga_id id;
        copy_bytes(rows.blob(0), id.bytes);
        one.push_back(id.made_at());
      }
    }
    return all;
  }

  std::int64_t count(const std::string& from) {
    journal::statement asked(file, "SELECT count(*) FROM " + from);
    EXPECT_TRUE(asked.step());
    return asked.integer(0);
  }

  empty_file file;
  label_index index{file, labels_a_span};
};

TEST_F(a_label_index, begins_another_span_where_one_is_full) {
  for (millis at = 1; at <= 9; ++at) index.add({label_of(at)});
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4}, times{5, 6, 7, 8}, times{9}));
}

TEST_F(a_label_index, begins_it_within_what_is_added_at_once) {
  index.add(labels_of({1, 2, 3, 4, 5, 6}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4}, times{5, 6}));
}

TEST_F(a_label_index, never_parts_the_labels_of_a_saga) {
  index.add(labels_of({1, 2, 3}));
  index.add({{id_at(4), "buyer", "b"}, {id_at(4), "region", "r"}, {id_at(4), "shop", "s"}});
  index.add(labels_of({5}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4, 4, 4}, times{5}));
}

TEST_F(a_label_index, has_late_ids_where_they_belong) {
  index.add(labels_of({10, 11, 12, 13, 20, 21, 22, 23, 30}));
  index.add(labels_of({5, 15, 25}));
  EXPECT_THAT(spans(), ElementsAre(times{5, 10, 11, 12, 13, 15}, times{20, 21, 22, 23, 25}, times{30}));
}

TEST_F(a_label_index, of_a_clock_that_was_ahead_grows_until_time_is_there) {
  index.add(labels_of({1, 2, 3, 100, 4, 5, 6, 99, 101}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4, 5, 6, 99, 100}, times{101}));
}

TEST_F(a_label_index, goes_on_where_another_process_has_ended) {
  index.add(labels_of({1, 2, 3, 4, 5}));
  label_index next(file, labels_a_span);
  next.add(labels_of({6, 7, 8, 9}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4}, times{5, 6, 7, 8}, times{9}));
}

TEST_F(a_label_index, drops_spans_that_have_become_empty_and_has_their_ids_beside) {
  index.add(labels_of({1, 2, 3, 4, 5, 6, 7, 8, 9}));
  index.remove(labels_of({5, 6, 7, 8}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4}, times{9}));
  index.add(labels_of({6}));
  index.remove(labels_of({9, 100}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4, 6}));
  index.add(labels_of({7}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4, 6}, times{7}));
  index.remove(labels_of({1, 2, 3, 4, 6, 7}));
  EXPECT_THAT(spans(), IsEmpty());
  EXPECT_EQ(count("indexed_labels"), 0);
  index.add(labels_of({1}));
  EXPECT_THAT(spans(), ElementsAre(times{1}));
}

TEST_F(a_label_index, removes_nothing_but_what_it_is_told) {
  index.add({{id_at(1), "buyer", "a"}, {id_at(1), "region", "a"}, {id_at(2), "buyer", "a"}});
  index.remove({{id_at(1), "buyer", "a"}, {id_at(2), "buyer", "another"}, {id_at(3), "buyer", "a"}});
  EXPECT_EQ(count("indexed_labels"), 2);
  EXPECT_EQ(count("indexed_labels WHERE name = 'region'"), 1);
}

TEST_F(a_label_index, forgets_what_was_rolled_back) {
  index.add(labels_of({1, 2, 3}));
  file.run("BEGIN");
  index.add(labels_of({4, 5, 6}));
  file.run("ROLLBACK");
  index.forget();
  index.add(labels_of({4, 5}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4}, times{5}));
  file.run("BEGIN");
  index.remove(labels_of({5}));
  file.run("ROLLBACK");
  index.forget();
  index.add(labels_of({6}));
  EXPECT_THAT(spans(), ElementsAre(times{1, 2, 3, 4}, times{5, 6}));
}

// What a walk along the spans relies on, and whatever is added and removed in whatever order.
TEST_F(a_label_index, has_each_label_once_in_spans_that_lie_side_by_side) {
  std::mt19937_64 random(4);
  using known = std::tuple<saga_id, std::string, std::string>;
  std::set<known> kept;
  for (int round = 0; round < 300; ++round) {
    std::vector<label> some;
    for (std::uint64_t left = random() % 6; left > 0; --left) {
      const auto about = static_cast<millis>(round * 2 + static_cast<int>(random() % 40));
      some.push_back({id_at(about, random() % 3), "n" + std::to_string(random() % 2), std::to_string(random() % 3)});
    }
    index.add(some);
    for (const auto& one : some) kept.emplace(one.of, one.name, one.value);
    some.clear();
    for (const auto& [of, name, value] : kept) {
      const bool is_old = of.made_at() < round * 2 - 100;
      if (is_old || random() % 50 == 0) some.push_back({of, name, value});
    }
    index.remove(some);
    for (const auto& one : some) kept.erase({one.of, one.name, one.value});

    ASSERT_EQ(count("indexed_labels"), static_cast<std::int64_t>(kept.size()));
    ASSERT_EQ(count("indexed_labels l JOIN label_spans p ON p.number = l.span AND l.id BETWEEN p.first AND p.last"),
              static_cast<std::int64_t>(kept.size()));
    ASSERT_EQ(count("label_spans a JOIN label_spans b ON a.first < b.first AND a.last >= b.first"), 0);
    ASSERT_EQ(count("label_spans p WHERE NOT EXISTS (SELECT 1 FROM indexed_labels l WHERE l.span = p.number)"), 0);
  }
  EXPECT_GT(count("label_spans"), 2) << "nothing is tested";
}

}  // namespace
}  // namespace sagad::views
