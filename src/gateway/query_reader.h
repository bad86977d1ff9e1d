// The parameters of one request in AWS's Query protocol, found by name and counted as they are read, so that
// what nobody knows can be refused. Owns the parameters; one request, one thread. Source: AWS's Query
// protocol; what the clients really send is in query_reader_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "formats/query.h"
#include "gateway/document.h"

namespace countersign::gateway {

class QueryReader {
public:
    explicit QueryReader(formats::Parameters parameters);

    // The value of a parameter, from now on counted as read; nullptr when it was not sent.
    const std::string* find(std::string_view name) const;

    // Whether a parameter below that name was sent: "Tags" when there is "Tags.Tag.1.Key".
    bool has_below(std::string_view name) const;

    // Whether the name was sent with nothing behind it: an empty structure or list. Counted as read then.
    bool is_sent_empty(std::string_view name) const;

    // Whether something below that name was sent as null: in a value of any shape it says something,
    // elsewhere nothing.
    bool has_null_below(std::string_view name) const;

    // A value of any shape, with all that was sent below that name, from now on counted as read.
    Document document(std::string_view name) const;

    // The items of a list, as full names in the order of their numbers: "Tags.Tag.1", "Tags.Tag.2". They may
    // be sent as list.member.N, list.ITEM.N or list.N; numbers start with 1, may have gaps and are bounded.
    std::vector<std::string> items(std::string_view list, std::string_view item_name) const;

    // Whether the list was sent as empty: "Tags=", "Tags.Tag=" or "Tags.member=".
    bool is_empty_list(std::string_view list, std::string_view item_name) const;

    // An error (InvalidQueryParameter) naming the first parameter that was not read and is not the protocol's
    // own.
    Result<void> refuse_unread() const;

private:
    std::size_t lower_bound(std::string_view name) const;

    formats::Parameters parameters_;  // sorted by name; of equal names the first sent comes first
    std::vector<std::string> nulls_;  // names of what was sent as null
    mutable std::vector<bool> read_;  // one for each parameter
};

}  // namespace countersign::gateway
