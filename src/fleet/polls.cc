#include "fleet/polls.h"

#include "formats/record.h"

namespace countersign::fleet {

namespace {

http::Response json_response(std::string body) {
    return {200, {{"Content-Type", "application/json"}}, std::move(body)};
}

}  // namespace

http::Response response_to(const Changes::WatchAnswer& answer) {
    return json_response(formats::to_record(answer));
}

void Polls::hold(const std::string& agent, const Changes::WatchRequest& request, http::Answer answer,
                 Time now) {
    std::vector<Held> ended;
    {
        const std::lock_guard lock(mutex_);
        if (auto earlier = held_.extract(agent)) ended.push_back(std::move(earlier.mapped()));
        Held held{request, std::move(answer), now + agent::remote::watch_hold};
        // News that comes after this look finds the request among those that are held.
        if (stopped_ || changes_.since(request))
            ended.push_back(std::move(held));
        else
            held_.emplace(agent, std::move(held));
    }
    for (const Held& one : ended)
        one.answer(response_to(changes_.since(one.request).value_or(changes_.nothing_since(one.request))));
}

std::size_t Polls::tell() {
    std::vector<std::pair<http::Answer, std::string>> told;
    {
        const std::lock_guard lock(mutex_);
        std::map<std::pair<std::string, store::Revision>, std::string> bodies;  // most ask the same
        for (auto held = held_.begin(); held != held_.end();) {
            const Changes::WatchRequest& request = held->second.request;
            auto body = bodies.find({request.epoch, request.revision});
            if (body == bodies.end()) {
                const auto news = changes_.since(request);
                body = bodies
                           .emplace(std::pair(request.epoch, request.revision),
                                    news ? formats::to_record(*news) : std::string())
                           .first;
            }
            if (body->second.empty()) {
                ++held;
                continue;
            }
            told.emplace_back(std::move(held->second.answer), body->second);
            held = held_.erase(held);
        }
    }
    for (auto& [answer, body] : told) answer(json_response(std::move(body)));
    return told.size();
}

void Polls::tell_overdue(Time now) {
    std::vector<Held> overdue;
    {
        const std::lock_guard lock(mutex_);
        for (auto held = held_.begin(); held != held_.end();) {
            const auto next = std::next(held);
            if (held->second.until <= now) overdue.push_back(std::move(held_.extract(held).mapped()));
            held = next;
        }
    }
    for (const Held& one : overdue) one.answer(response_to(changes_.nothing_since(one.request)));
}

void Polls::stir(const std::string& agent) {
    std::vector<Held> stirred;
    {
        const std::lock_guard lock(mutex_);
        if (auto held = held_.extract(agent)) stirred.push_back(std::move(held.mapped()));
    }
    for (const Held& one : stirred) one.answer(response_to(changes_.nothing_since(one.request)));
}

void Polls::stop() {
    std::map<std::string, Held> rest;
    {
        const std::lock_guard lock(mutex_);
        stopped_ = true;
        rest.swap(held_);
    }
    for (const auto& [agent, held] : rest) held.answer({503, {}, {}});
}

}  // namespace countersign::fleet
