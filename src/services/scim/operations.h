// The operations, each kind in the file of its name, and what they share. service.cc finds the one that is
// asked for.
#pragma once

#include <optional>
#include <string>

#include "formats/query.h"
#include "services/identitystore/changes.h"
#include "services/scim/filter.h"

namespace countersign::scim {

// /scim/STORE/v2/COLLECTION/ID
struct Address {
    std::string identity_store;
    std::string collection;
    std::string id;  // empty: it names none
};

// One request of somebody whose token is valid.
struct Call {
    identitystore::Directory directory;
    std::string base;  // the URL of the endpoint
    std::string id;    // of the resource; empty: the address names none
    formats::Parameters parameters;
    const std::string& body;
};

struct Answer {
    int status = 200;
    std::optional<json::object> body = {};
    std::string location = {};
};

// The body as JSON. Code invalidSyntax.
Result<json::value> document_of(const Call& call);

// Which part of a list is wanted. Code invalidValue, invalidFilter.
struct ListRequest {
    std::size_t start = 1;  // the first is 1
    std::size_t count = 0;
    Filter filter;
};
Result<ListRequest> list_request(const Call& call, Attributes attributes);
Answer list_answer(json::array page, std::size_t total, const ListRequest& request);

// What may be looked up by this text; no key is longer.
bool is_key(const std::string& text);
// The text that a filter wants of an attribute; nothing where it does not name it.
std::optional<std::string> wanted_text(const Filter& filter, std::string_view attribute);

// The part of a list that is asked for, as it is shown.
template <class Record>
Result<Answer> page_of(const Call& call, const std::vector<Record>& all, const ListRequest& request);

// users.cc
Result<Answer> create_user(const Call& call);
Result<Answer> get_user(const Call& call);
Result<Answer> list_users(const Call& call);
Result<Answer> put_user(const Call& call);
Result<Answer> patch_user(const Call& call);
Result<Answer> delete_user(const Call& call);

// groups.cc
Result<Answer> create_group(const Call& call);
Result<Answer> get_group(const Call& call);
Result<Answer> list_groups(const Call& call);
Result<Answer> put_group(const Call& call);
Result<Answer> patch_group(const Call& call);
Result<Answer> delete_group(const Call& call);

}  // namespace countersign::scim
