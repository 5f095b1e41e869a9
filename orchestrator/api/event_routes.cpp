#include "api/event_query.hpp"
#include "api/problem_reply.hpp"
#include "api/service.hpp"

namespace sagad::api {

void service::all_events(const context& asked, http::reply reply) {
  const auto refuse = [&reply](problem what) { reply(problem_response(what)); };
  auto read = read_event_query(asked.where.query, parts_.events.places());
  if (auto* bad = std::get_if<problem>(&read)) return refuse(std::move(*bad));
  auto& query = std::get<event_query>(read);
  if (const auto own = asked.who.sees()) {
    if (query.wanted.starter && *query.wanted.starter != *own) {
      return refuse({problem_code::forbidden, "a client sees what it started: others' events need the role reader"});
    }
    query.wanted.starter = own;
  }
  const bool follow = accepts_stream(asked.request.find("accept"));
  if (const auto last = asked.request.find("last-event-id"); follow && !last.empty()) {
    query.after = parts_.events.places().parse(last);
    query.from_now = false;
    if (!query.after) {
      return refuse({problem_code::invalid_argument,
                     "`Last-Event-ID` is no id that this coordinator's journal has told: leave it out to begin with "
                     "the oldest event"});
    }
  }
  const auto from = query.from_now ? parts_.events.end() : query.after.value_or(event_place{});
  if (follow) return parts_.events.follow(reactor_, from, std::move(query.wanted), std::move(reply));
  parts_.events.page({from, std::move(query.wanted), query.events_max},
                     back_here([this, reply = std::move(reply)](event_page_result result) mutable {
                       if (const auto* bad = std::get_if<event_refusal>(&result)) {
                         return reply(problem_response(bad->what, bad->more));
                       }
                       const auto& page = std::get<event_page>(result);
                       http::response response;
                       response.body = "{\"next\":\"" + parts_.events.places().text(page.next) +
                                       "\",\"at_end\":" + (page.at_end ? "true" : "false") +
                                       ",\"events\":" + page.json + "}";
                       reply(std::move(response));
                     }));
}

}  // namespace sagad::api
