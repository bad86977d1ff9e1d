#include "agent_api/server/long_polls.h"

#include <tuple>

#include "formats/record.h"

namespace countersign::agent_api::server {

namespace {

http::Response json_response(std::string body) {
    return {200, {{"Content-Type", "application/json"}}, std::move(body)};
}

}  // namespace

http::Response response_to(const Changes::WatchAnswer& answer) {
    return json_response(formats::to_record(answer));
}

void LongPolls::hold(Question question, http::Answer answer, Time now) {
    std::vector<Held> ended;
    const std::string agent = question.agent;
    {
        const MutexLock lock(mutex_);
        if (auto earlier = held_.extract(agent)) ended.push_back(std::move(earlier.mapped()));
        Held held{std::move(question), std::move(answer), now + agent_api::watch_hold};
        // News that comes after this look finds the request among those that are held.
        if (stopped_ || changes_.since(held.question.request, held.question.accounts))
            ended.push_back(std::move(held));
        else
            held_.insert_or_assign(agent, std::move(held));
    }
    for (const auto& [asked, reply, until] : ended)
        reply(response_to(
            changes_.since(asked.request, asked.accounts).value_or(changes_.nothing_since(asked.request))));
}

namespace {

// By what was asked: most agents ask the same.
using Bodies = std::map<std::tuple<std::string, store::Revision, std::vector<std::string>>, std::string>;

// The body of the answer; empty when there is no news.
const std::string& news_for(const LongPolls::Question& asked, const Changes& changes, Bodies& bodies) {
    const auto [body, is_first] =
        bodies.try_emplace({asked.request.epoch, asked.request.revision, asked.accounts});
    if (!is_first) return body->second;
    if (const auto news = changes.since(asked.request, asked.accounts))
        body->second = formats::to_record(*news);
    return body->second;
}

}  // namespace

std::size_t LongPolls::answer_waiting() {
    std::vector<std::pair<http::Answer, std::string>> told;
    {
        const MutexLock lock(mutex_);
        Bodies bodies;
        for (auto held = held_.begin(); held != held_.end();) {
            const auto next = std::next(held);
            if (const std::string& body = news_for(held->second.question, changes_, bodies); !body.empty())
                told.emplace_back(std::move(held_.extract(held).mapped().answer), body);
            held = next;
        }
    }
    for (auto& [answer, body] : told) answer(json_response(std::move(body)));
    return told.size();
}

void LongPolls::tell_overdue(Time now) {
    std::vector<Held> overdue;
    {
        const MutexLock lock(mutex_);
        for (auto held = held_.begin(); held != held_.end();) {
            const auto next = std::next(held);
            if (held->second.until <= now) overdue.push_back(std::move(held_.extract(held).mapped()));
            held = next;
        }
    }
    for (const Held& one : overdue) one.answer(response_to(changes_.nothing_since(one.question.request)));
}

void LongPolls::wake(const std::string& agent) {
    std::vector<Held> stirred;
    {
        const MutexLock lock(mutex_);
        if (auto held = held_.extract(agent)) stirred.push_back(std::move(held.mapped()));
    }
    for (const Held& one : stirred) one.answer(response_to(changes_.nothing_since(one.question.request)));
}

void LongPolls::stop() {
    std::map<std::string, Held> rest;
    {
        const MutexLock lock(mutex_);
        stopped_ = true;
        rest.swap(held_);
    }
    for (const auto& [agent, held] : rest) held.answer({503, {}, {}});
}

}  // namespace countersign::agent_api::server
