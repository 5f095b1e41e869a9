#pragma once

#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "rehearsal/cases.hpp"
#include "rehearsal/failures.hpp"
#include "rehearsal/play.hpp"

namespace sagad::sagactl {

/// Shows the calls of plays of one definition, an arrow each: forward for actions, back for compensations. Headers
/// and a body are shown where they are first sent, and again where they are others.
class call_printer {
 public:
  call_printer(std::ostream& out, const definition::definition& definition) : out_(out), definition_(definition) {}

  void print(const rehearsal::play& played);

 private:
  std::ostream& out_;
  const definition::definition& definition_;
  std::map<std::string, std::vector<std::string>> shown_;  // by name of operation: the lines below it
};

/// `transfer is rejected`, `undo escrow gets no answer`.
std::string point_in_words(const definition::definition& definition, const rehearsal::failure_point& point);
/// `compensated`, `stuck at settle after 10m: its answer decides ...`.
std::string ending_in_words(const definition::definition& definition, const rehearsal::play& played);

void show_points(std::ostream& out, const definition::definition& definition, const rehearsal::script& sample,
                 bool input_made_up, const std::vector<rehearsal::failure_point>& points);

struct judged_case {
  const rehearsal::test_case* expected = nullptr;
  rehearsal::play played;
  std::vector<rehearsal::miss> missed;
};

/// What a case expected and what came, with a difference where that is JSON.
void show_misses(std::ostream& out, const std::string& file, const judged_case& judged);
void show_cases(std::ostream& out, const definition::definition& definition, const std::string& file,
                const std::vector<judged_case>& judged);

/// For programs: one JSON object.
std::string points_json(const definition::definition& definition, const rehearsal::script& sample,
                        const std::vector<rehearsal::failure_point>& points);
std::string cases_json(const definition::definition& definition, const std::vector<judged_case>& judged);

}  // namespace sagad::sagactl
