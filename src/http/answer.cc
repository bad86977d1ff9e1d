#include "http/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/beast/http/status.hpp>
#include <string_view>

namespace countersign::http {

namespace {

constexpr std::array<std::string_view, 5> server_headers{"connection", "content-length", "date", "server",
                                                         "transfer-encoding"};

// RFC 9110 section 5.6.2.
bool is_token_character(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

bool is_value_character(unsigned char c) {
    return c == '\t' || (c >= ' ' && c != 0x7f);
}

bool has_body(int status) {
    return status != 204 && status != 304;
}

std::string_view reason_of(int status) {
    const auto reason =
        boost::beast::http::obsolete_reason(boost::beast::http::int_to_status(static_cast<unsigned>(status)));
    return {reason.data(), reason.size()};
}

}  // namespace

bool is_sendable(const Response& response) {
    return response.status >= 200 && response.status <= 599 &&
           std::ranges::all_of(response.headers, [](const Header& header) {
               return !header.first.empty() && std::ranges::all_of(header.first, is_token_character) &&
                      std::ranges::all_of(header.second, is_value_character);
           });
}

std::string answer_bytes(const Response& response, const AnswerForm& form) {
    std::string bytes = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nServer: Countersign\r\n", response.status,
                                    reason_of(response.status), http_date(form.now));
    for (const auto& [name, value] : response.headers)
        if (std::ranges::find(server_headers, lower(name)) == server_headers.end())
            bytes += fmt::format("{}: {}\r\n", name, value);
    if (has_body(response.status)) bytes += fmt::format("Content-Length: {}\r\n", response.body.size());
    if (form.close) bytes += "Connection: close\r\n";
    bytes += "\r\n";
    if (has_body(response.status) && !form.head) bytes += response.body;
    return bytes;
}

std::string http_date(Instant instant) {
    static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
                       days[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                       months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                       time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace countersign::http
