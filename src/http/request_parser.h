// Beast's parser filling a Request: header names and order as sent, the body bounded, trailers dropped.
// Refuses what two readers could understand differently: no Host or two of them, codings other than chunked.
#pragma once

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "http/message.h"
#include "http/server.h"

namespace countersign::http {

class RequestParser final : public boost::beast::http::basic_parser<true> {
public:
    explicit RequestParser(const ServerLimits& limits) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        body_limit(limits.body_bytes);
        eager(false);
    }

    // HTTP/1.0 closes after one answer, whatever its headers say.
    bool may_keep_alive() const { return version_ >= 11 && keep_alive(); }
    bool expects_continue() const { return version_ >= 11 && expects_continue_; }
    bool expects_other() const { return version_ >= 11 && expects_other_; }
    Request take() { return std::move(request_); }

private:
    using ErrorCode = boost::beast::error_code;
    using View = boost::beast::string_view;
    using Field = boost::beast::http::field;
    using BadMessage = boost::beast::http::error;

    void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                         ErrorCode&) override {
        request_.method.assign(method.data(), method.size());
        request_.target.assign(target.data(), target.size());
        version_ = version;
    }

    void on_field_impl(Field field, View name, View value, ErrorCode& error) override {
        if (is_header_complete_) return;
        if (field == Field::host) ++hosts_;
        if (field == Field::transfer_encoding && !boost::beast::iequals(value, "chunked"))
            error = BadMessage::bad_transfer_encoding;
        if (field == Field::expect)
            (boost::beast::iequals(value, "100-continue") ? expects_continue_ : expects_other_) = true;
        request_.headers.emplace_back(std::string(name), std::string(value));
    }

    void on_header_impl(ErrorCode& error) override {
        is_header_complete_ = true;
        if (hosts_ > 1 || (hosts_ == 0 && version_ >= 11)) error = BadMessage::bad_field;
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
        if (length) request_.body.reserve(static_cast<std::size_t>(*length));
    }

    std::size_t on_body_impl(View body, ErrorCode&) override {
        request_.body.append(body.data(), body.size());
        return body.size();
    }

    std::size_t on_chunk_body_impl(std::uint64_t, View body, ErrorCode&) override {
        request_.body.append(body.data(), body.size());
        return body.size();
    }

    void on_response_impl(int, View, int, ErrorCode& error) override { error = BadMessage::bad_version; }
    void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
    void on_finish_impl(ErrorCode&) override {}

    Request request_;
    int version_ = 0;
    int hosts_ = 0;
    bool is_header_complete_ = false;
    bool expects_continue_ = false;
    bool expects_other_ = false;
};

}  // namespace countersign::http
