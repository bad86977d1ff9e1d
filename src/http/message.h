// An HTTP/1.1 request and its answer as values. Knows no AWS.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"

namespace countersign::http {

using Header = std::pair<std::string, std::string>;

struct Request {
    std::string method;
    std::string target;           // as sent: path and query, percent-encoded
    std::vector<Header> headers;  // as sent, in order
    std::string body;
    std::string peer;                     // the sender's IP address
    std::string client_certificate = {};  // PEM: what the sender proved to hold the key of; empty: none

    std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
    std::string_view query() const {
        const std::size_t mark = target.find('?');
        return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
    }
    // The value of the first header of that name (lower case), or nullptr.
    const std::string* header(std::string_view name) const {
        for (const auto& [key, value] : headers)
            if (lower(key) == name) return &value;
        return nullptr;
    }
};

struct Response {
    int status = 500;
    std::vector<Header> headers;  // Content-Length, Date and Connection are added by the server
    std::string body;
};

}  // namespace countersign::http
