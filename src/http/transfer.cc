#include "http/transfer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace countersign::http {

namespace {

bool is_within_bounds(Reading& reading, std::size_t count) {
    reading.bytes += count;
    reading.is_too_large = reading.bytes > reading.bytes_max;
    return !reading.is_too_large;
}

// libcurl ends the transfer when a callback returns another number than it was given.
std::size_t take_body(const char* bytes, std::size_t, std::size_t count, void* context) {
    Reading& reading = *static_cast<Reading*>(context);
    if (!is_within_bounds(reading, count)) return 0;
    reading.response.body.append(bytes, count);
    return count;
}

std::size_t take_header(const char* bytes, std::size_t, std::size_t count, void* context) {
    Reading& reading = *static_cast<Reading*>(context);
    if (!is_within_bounds(reading, count)) return 0;
    const std::string_view line = trimmed({bytes, count});
    const std::size_t colon = line.find(':');
    if (line.starts_with("HTTP/"))
        reading.response.headers.clear();  // an interim answer came before
    else if (colon != std::string_view::npos)
        reading.response.headers.emplace_back(std::string(line.substr(0, colon)),
                                              std::string(trimmed(line.substr(colon + 1))));
    return count;
}

Result<void> append(HeaderList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (!longer) return Error{Fault::internal, "out of memory"};
    static_cast<void>(list.release());  // it is part of the longer one
    list.reset(longer);
    return {};
}

}  // namespace

bool is_one_line(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

Result<HeaderList> header_list(const Request& request) {
    HeaderList list;
    for (const char* added : {"Accept:", "Content-Type:", "Expect:"}) {
        const std::string name = lower(std::string_view(added).substr(0, std::string_view(added).size() - 1));
        if (!request.header(name)) TRY(append(list, added));
    }
    for (const auto& [name, value] : request.headers) {
        if (name.empty() || !is_one_line(name) || !is_one_line(value))
            return Error{Fault::invalid, "a header has a character that cannot be sent"};
        if (lower(name) == "content-length") continue;
        TRY(append(list, value.empty() ? name + ";" : fmt::format("{}: {}", name, value)));
    }
    return list;
}

void prepare(CURL* handle, const Request& request, const std::string& url, Reading& reading) {
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    if (request.method == "HEAD") curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    }
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reading);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &reading);
}

Error unanswered(const std::string& base_url, CURLcode code, const Reading& reading, const char* detail) {
    const std::string why = *detail ? detail : curl_easy_strerror(code);
    if (reading.is_too_large) return {Fault::unavailable, "the answer of " + base_url + " is too large"};
    if (code == CURLE_OPERATION_TIMEDOUT) return {Fault::unavailable, base_url + " did not answer in time"};
    if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE)
        return {Fault::unauthenticated, "the certificate of " + base_url + " is not trusted: " + why};
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return {Fault::invalid, base_url + " is not an http:// or https:// URL"};
    return {Fault::unavailable, "no answer from " + base_url + ": " + why};
}

Result<Handle> new_handle() {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    Handle handle(curl_easy_init());
    if (initialised != CURLE_OK || !handle) return Error{Fault::internal, "libcurl cannot be started"};
    return handle;
}

Result<void> check_sendable(const Request& request) {
    if (request.method.empty() || !is_one_line(request.method) ||
        request.method.find(' ') != std::string::npos || !request.target.starts_with('/') ||
        !is_one_line(request.target))
        return Error{Fault::invalid, "the request has no method or no path that can be sent"};
    return {};
}

std::string url_of(const std::string& base_url, const Request& request) {
    return base_url.substr(0, base_url.find_last_not_of('/') + 1) + request.target;
}

}  // namespace countersign::http
