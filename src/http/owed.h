// The answer that a request is owed, whoever gives it and whenever.
#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "http/connection.h"

namespace countersign::http {

// 500, and a line in the log that says what was wrong.
Response failed_answer(const Request& request, const Log& log, const char* what);

// The handler's answer to the request, or 500 where it throws.
Response answer_of(const Handler& handler, const Request& request, const Log& log);

// The first answer given, or a 500 when all who could give it are gone.
class Owed {
public:
    using Deliver = std::function<void(Response)>;

    Owed(std::shared_ptr<const Request> request, const Log& log, Deliver deliver)
        : request_(std::move(request)), log_(log), deliver_(std::move(deliver)) {}
    ~Owed() { give(Response{}); }
    Owed(const Owed&) = delete;
    Owed& operator=(const Owed&) = delete;

    void give(Response response);

private:
    const std::shared_ptr<const Request> request_;
    const Log& log_;
    const Deliver deliver_;
    std::atomic<bool> given_ = false;
};

// Has the handler answer, now or later; 500 where it throws.
void ask_handler(const Service& service, const Request& request, const std::shared_ptr<Owed>& owed);

}  // namespace countersign::http
