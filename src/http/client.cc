#include "http/client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "crypto/thumbprint.h"

namespace countersign::http {

namespace {

struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;
using Handle = std::unique_ptr<CURL, FreeHandle>;

// What has come in so far.
struct Reading {
    Response response;
    std::size_t bytes_max = answer_bytes_max;
    std::size_t bytes = 0;
    bool is_too_large = false;
};

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

bool is_one_line(std::string_view text) {
    return std::ranges::none_of(text, [](unsigned char c) { return (c < ' ' && c != '\t') || c == 0x7f; });
}

Result<void> append(HeaderList& list, const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (!longer) return Error{Fault::internal, "out of memory"};
    static_cast<void>(list.release());  // it is part of the longer one
    list.reset(longer);
    return {};
}

// The request's headers, and the removal of those that libcurl would add by itself.
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

void set_authorities(CURL* handle, const std::string& ca_bundle) {
    if (!ca_bundle.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, ca_bundle.c_str());
}

// What the server shows of itself in a handshake that trusts nobody and sends no request.
std::vector<std::string> presented_chain(const std::string& url, std::chrono::milliseconds deadline) {
    auto handle = new_handle();
    if (!handle) return {};
    CURL* const probe = handle->get();
    curl_easy_setopt(probe, CURLOPT_URL, url.c_str());
    curl_easy_setopt(probe, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(probe, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(probe, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(probe, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(probe, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(probe, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(probe, CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    curl_certinfo* chain = nullptr;
    if (curl_easy_perform(probe) != CURLE_OK ||
        curl_easy_getinfo(probe, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain)
        return {};
    constexpr std::string_view label = "Cert:";
    std::vector<std::string> certificates;
    for (int i = 0; i < chain->num_of_certs; ++i)
        for (const curl_slist* line = chain->certinfo[i]; line; line = line->next)
            if (std::string_view(line->data).starts_with(label))
                certificates.emplace_back(line->data + label.size());
    return certificates;
}

// The certificate of the chain that one of the thumbprints names; empty when there is none.
std::string anchor_of(const Published& document, std::chrono::milliseconds deadline) {
    if (document.thumbprints.empty()) return {};
    for (std::string& certificate : presented_chain(document.url, deadline)) {
        const auto thumbprint = crypto::certificate_thumbprint(certificate);
        const auto is_it = [&](const std::string& named) {
            return thumbprint && lower(named) == *thumbprint;
        };
        if (std::ranges::any_of(document.thumbprints, is_it)) return std::move(certificate);
    }
    return {};
}

struct Attempt {
    CURLcode code = CURLE_FAILED_INIT;
    Reading reading;
    std::array<char, CURL_ERROR_SIZE> detail{};
};

// One GET; the anchor, if there is one, is trusted instead of all authorities.
Result<Attempt> get(const Published& document, const std::string& anchor,
                    std::chrono::milliseconds deadline) {
    const Handle handle = TRY(new_handle());
    Attempt attempt;
    attempt.reading.bytes_max = published_bytes_max;
    const Request request{"GET", "/", {{"Accept", "application/json"}}, {}, {}};
    const HeaderList headers = TRY(header_list(request));
    prepare(handle.get(), request, document.url, attempt.reading);
    curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, attempt.detail.data());
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    curl_blob trusted{const_cast<char*>(anchor.data()), anchor.size(), CURL_BLOB_COPY};
    if (anchor.empty())
        set_authorities(handle.get(), document.ca_bundle);
    else {
        curl_easy_setopt(handle.get(), CURLOPT_CAPATH, static_cast<const char*>(nullptr));
        curl_easy_setopt(handle.get(), CURLOPT_CAINFO_BLOB, &trusted);
    }
    attempt.code = curl_easy_perform(handle.get());
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    attempt.reading.response.status = static_cast<int>(status);
    return attempt;
}

}  // namespace

Result<std::string> fetch_published(const Published& document, std::chrono::milliseconds deadline) {
    if (!lower(document.url).starts_with("https://") || !is_one_line(document.url))
        return Error{Fault::invalid, document.url + " is not an https:// URL"};
    const auto end = std::chrono::steady_clock::now() + deadline;
    // To libcurl, no time at all would mean for ever.
    const auto time_left = [end] {
        const auto left = end - std::chrono::steady_clock::now();
        return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), std::chrono::milliseconds(1));
    };
    Attempt attempt = TRY(get(document, {}, time_left()));
    if (attempt.code == CURLE_PEER_FAILED_VERIFICATION) {
        const std::string anchor = anchor_of(document, time_left());
        if (!anchor.empty()) attempt = TRY(get(document, anchor, time_left()));
    }
    if (attempt.code != CURLE_OK)
        return unanswered(document.url, attempt.code, attempt.reading, attempt.detail.data());
    if (attempt.reading.response.status != 200)
        return Error{Fault::unavailable, fmt::format("{} answered with status {}", document.url,
                                                     attempt.reading.response.status)};
    return std::move(attempt.reading.response.body);
}

Result<Response> fetch(const std::string& base_url, const Request& request,
                       std::chrono::milliseconds deadline, const std::string& ca_bundle) {
    const Handle handle = TRY(new_handle());
    if (deadline.count() <= 0) return Error{Fault::unavailable, base_url + " did not answer in time"};
    if (request.method.empty() || !is_one_line(request.method) ||
        request.method.find(' ') != std::string::npos || !request.target.starts_with('/') ||
        !is_one_line(request.target))
        return Error{Fault::invalid, "the request has no method or no path that can be sent"};

    std::string url = base_url.substr(0, base_url.find_last_not_of('/') + 1) + request.target;
    const HeaderList headers = TRY(header_list(request));
    Reading reading;
    std::array<char, CURL_ERROR_SIZE> detail{};
    prepare(handle.get(), request, url, reading);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    set_authorities(handle.get(), ca_bundle);

    const CURLcode code = curl_easy_perform(handle.get());
    if (code != CURLE_OK) return unanswered(base_url, code, reading, detail.data());
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    reading.response.status = static_cast<int>(status);
    return std::move(reading.response);
}

}  // namespace countersign::http
