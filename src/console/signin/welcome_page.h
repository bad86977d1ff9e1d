// What a person sees who opens the API's address in a browser. Pure.
#pragma once

#include "console/signin/visit.h"
#include "http/message.h"

namespace countersign::console {

// A GET of / that asks for HTML, by nobody who signs: every client of AWS's asks for another form, or signs.
bool asks_for_welcome(const http::Request& request);

// The same for everybody: it tells nothing of what is in the server.
http::Response welcome_page(const Site& site);

}  // namespace countersign::console
