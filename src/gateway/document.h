// A value of any shape, as the API's models have it in a few places ("document"): what was sent, as
// parameters whose names go on from the member's own. A value.
//
//     "AttributeValue": "Jane"              {"", "Jane"}
//     "AttributeValue": [{"Value": "a"}]    {"member.1.Value", "a"}
#pragma once

#include "formats/query.h"

namespace countersign::gateway {

struct Document {
    formats::Parameters parameters;
    friend bool operator==(const Document&, const Document&) = default;
};

}  // namespace countersign::gateway
