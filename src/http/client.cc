#include "http/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>

#include "crypto/thumbprint.h"
#include "http/transfer.h"

namespace countersign::http {

namespace {

void set_authorities(CURL* handle, const std::string& ca_bundle) {
    if (!ca_bundle.empty()) curl_easy_setopt(handle, CURLOPT_CAINFO, ca_bundle.c_str());
}

}  // namespace

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

namespace {

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

// One request; the anchor, if there is one, is trusted instead of all authorities.
Result<Attempt> get(const Published& document, const std::string& anchor,
                    std::chrono::milliseconds deadline) {
    const Handle handle = TRY(new_handle());
    Attempt attempt;
    attempt.reading.bytes_max = published_bytes_max;
    Request request{"GET", "/", {{"Accept", "application/json"}}, document.form, {}};
    if (!document.form.empty()) {
        request.method = "POST";
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
    }
    if (!document.authorization.empty())
        request.headers.emplace_back("Authorization", document.authorization);
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
                       std::chrono::milliseconds deadline, const std::string& ca_bundle, Proxy proxy) {
    const Handle handle = TRY(new_handle());
    if (deadline.count() <= 0) return Error{Fault::unavailable, base_url + " did not answer in time"};
    TRY(check_sendable(request));
    const std::string url = url_of(base_url, request);
    const HeaderList headers = TRY(header_list(request));
    Reading reading;
    std::array<char, CURL_ERROR_SIZE> detail{};
    prepare(handle.get(), request, url, reading);
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    set_authorities(handle.get(), ca_bundle);
    if (proxy == Proxy::none) curl_easy_setopt(handle.get(), CURLOPT_PROXY, "");

    const CURLcode code = curl_easy_perform(handle.get());
    if (code != CURLE_OK) return unanswered(base_url, code, reading, detail.data());
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    reading.response.status = static_cast<int>(status);
    return std::move(reading.response);
}

}  // namespace countersign::http
