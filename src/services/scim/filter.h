// Filters and paths, as requests spell them: conjunctions of equalities, and where in a resource a PATCH
// changes something. Pure. Source: RFC 7644, sections 3.4.2.2 and 3.5.2.
//
//     userName eq "jane"        id eq "…" and members eq "…"
//     name.familyName           emails[type eq "work"].value        urn:…:2.0:User:department
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/scim/schema.h"

namespace countersign::scim {

// From the resource's own attribute to the one that is meant; never empty.
using Steps = std::vector<const Attribute*>;

struct Equality {
    Steps steps;
    json::value value;
};
using Filter = std::vector<Equality>;

struct Path {
    Steps steps;
    Filter filter = {};  // of the values of steps.front(), from there on; empty: all of them
};

// Code invalidFilter. A complex attribute stands for its `value`, and one of the extension for itself.
Result<Filter> parse_filter(Attributes attributes, std::string_view text);
// Code invalidPath, or invalidFilter for what is between the brackets.
Result<Path> parse_path(Attributes attributes, std::string_view text);

// The names of the steps: urn:…:User.manager.value
std::string name_of(const Steps& steps);

// Whether a resource, or one of an attribute's values, is as the filter says. Texts are equal without regard
// to case, but ids of others.
bool matches(const Filter& filter, const json::object& object);

}  // namespace countersign::scim
