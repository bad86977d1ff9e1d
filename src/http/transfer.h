// The parts of a transfer by libcurl that all of this folder's clients share. Private to src/http.
#pragma once

#include <curl/curl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/client.h"
#include "http/message.h"

namespace countersign::http {

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

Result<Handle> new_handle();
bool is_one_line(std::string_view text);

// Fault::invalid for a request whose method, path or headers cannot be sent.
Result<void> check_sendable(const Request& request);

// The request's headers, and the removal of those that libcurl would add by itself.
Result<HeaderList> header_list(const Request& request);

// The request, its URL, and where the answer goes; all must outlive the transfer.
void prepare(CURL* handle, const Request& request, const std::string& url, Reading& reading);

// base_url + request.target
std::string url_of(const std::string& base_url, const Request& request);

// Why there was no answer. `detail` is libcurl's error buffer.
Error unanswered(const std::string& base_url, CURLcode code, const Reading& reading, const char* detail);

}  // namespace countersign::http
