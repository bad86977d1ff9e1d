#include "http/owed.h"

#include <exception>

#include "http/answer.h"

namespace countersign::http {

Response failed_answer(const Request& request, const Log& log, const char* what) {
    log.error("http.handler_failed", {{"method", request.method}, {"path", request.path()}, {"what", what}});
    return Response{};
}

Response answer_of(const Handler& handler, const Request& request, const Log& log) {
    try {
        return handler(request);
    } catch (const std::exception& error) {
        return failed_answer(request, log, error.what());
    } catch (...) {
        return failed_answer(request, log, "unknown exception");
    }
}

void Owed::give(Response response) {
    if (given_.exchange(true)) return;
    if (!is_sendable(response))
        response = failed_answer(*request_, log_, "the answer has a status or header that cannot be sent");
    deliver_(std::move(response));
}

void ask_handler(const Service& service, const Request& request, const std::shared_ptr<Owed>& owed) {
    try {
        service.handler(request, [owed](Response response) { owed->give(std::move(response)); });
    } catch (const std::exception& error) {
        owed->give(failed_answer(request, service.log, error.what()));
    } catch (...) {
        owed->give(failed_answer(request, service.log, "unknown exception"));
    }
}

}  // namespace countersign::http
