#include "http/channel.h"

#include <array>

#include "http/transfer.h"

namespace countersign::http {

namespace {

// The bytes outlive the handle's use of them.
curl_blob blob_of(std::string_view bytes) {
    return curl_blob{const_cast<char*>(bytes.data()), bytes.size(), CURL_BLOB_NOCOPY};
}

// libcurl asks at least once a second; anything but 0 ends the transfer.
int is_cancelled(void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<const std::atomic<bool>*>(flag) ? 1 : 0;
}

void trust_only(CURL* handle, const Trust& trust) {
    curl_blob authority = blob_of(trust.authority_pem);
    curl_easy_setopt(handle, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &authority);
    curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_3));
    if (trust.certificate_pem.empty()) return;
    curl_blob certificate = blob_of(trust.certificate_pem);
    curl_blob key = blob_of(trust.key_pem.reveal());
    curl_easy_setopt(handle, CURLOPT_SSLCERTTYPE, "PEM");
    curl_easy_setopt(handle, CURLOPT_SSLKEYTYPE, "PEM");
    curl_easy_setopt(handle, CURLOPT_SSLCERT_BLOB, &certificate);
    curl_easy_setopt(handle, CURLOPT_SSLKEY_BLOB, &key);
}

}  // namespace

struct Channel::Wire {
    Handle handle;
};

Channel::Channel(std::string base_url, Trust trust)
    : base_url_(std::move(base_url)), trust_(std::move(trust)), wire_(std::make_unique<Wire>()) {}

Channel::~Channel() = default;

Result<Response> Channel::ask(const Request& request, std::chrono::milliseconds deadline) {
    if (cancelled_) return Error{Fault::unavailable, "ending"};
    if (deadline.count() <= 0) return Error{Fault::unavailable, base_url_ + " did not answer in time"};
    TRY(check_sendable(request));
    if (!wire_->handle) wire_->handle = TRY(new_handle());
    CURL* const handle = wire_->handle.get();
    curl_easy_reset(handle);  // keeps the connection
    const HeaderList headers = TRY(header_list(request));
    const std::string url = url_of(base_url_, request);
    Reading reading;
    std::array<char, CURL_ERROR_SIZE> detail{};
    prepare(handle, request, url, reading);
    trust_only(handle, trust_);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail.data());
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(deadline.count()));
    curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, is_cancelled);
    curl_easy_setopt(handle, CURLOPT_XFERINFODATA, &cancelled_);
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    const CURLcode code = curl_easy_perform(handle);
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
    if (code != CURLE_OK) return unanswered(base_url_, code, reading, detail.data());
    reading.response.status = static_cast<int>(status);
    return std::move(reading.response);
}

}  // namespace countersign::http
