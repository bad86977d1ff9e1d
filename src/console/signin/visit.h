// One request of a browser as the pages see it: its form, its cookie, whether it comes from a page of ours.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "formats/query.h"
#include "http/message.h"

namespace countersign::console {

// How this server is reached.
struct Site {
    std::string url;              // https://host:7070
    std::set<std::string> hosts;  // names and addresses that a browser may know it by, without ports
    bool tls = false;

    std::string_view cookie_name() const { return tls ? "__Host-countersign" : "countersign"; }
};

// Fault::denied where the Host header is none of the site's: a name that somebody else made lead here (DNS
// rebinding), or none at all.
Result<void> check_host(const http::Request& request, const Site& site);

// Fault::denied where a form was not sent by a page of this site. Source: Fetch Metadata (W3C); RFC 6454.
Result<void> check_same_origin(const http::Request& request);

std::string cookie_of(const http::Request& request, const Site& site);
// Set-Cookie for a session's cookie; of an empty one, which ends it.
http::Header set_cookie(const Site& site, const std::string& cookie);

// The value of a field of the form or of the address; empty where it was not sent. A form is not taken as an
// address, nor the other way round.
class Visit {
public:
    static Result<Visit> read(const http::Request& request);
    std::string operator[](std::string_view name) const;

private:
    formats::Parameters fields_;
};

// A path of this site's pages to go on to, or the portal's where it is none of them.
std::string safe_path(const std::string& wanted);

}  // namespace countersign::console
