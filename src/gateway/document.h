// A value of any shape, as the API's models have it in a few places ("document"): what was sent, as
// parameters whose names go on from the member's own. A value.
//
//     "AttributeValue": "Jane"              {"", "Jane"}
//     "AttributeValue": [{"Value": "a"}]    {"member.1.Value", "a"}
#pragma once

#include <string_view>

#include "base/result.h"
#include "formats/json.h"
#include "formats/query.h"
#include "gateway/answer_writer.h"

namespace countersign::gateway {

struct Document {
    formats::Parameters parameters;
    friend bool operator==(const Document&, const Document&) = default;
};

// Fault::invalid: no object, or a member with a dot in its name.
Result<Document> document_of(const formats::json::value& object);

// The document again; numbers, true and false are texts.
formats::json::value json_of(const Document& document);

// A value of texts, lists and objects as a member of an answer.
void write_document(AnswerWriter& answer, std::string_view name, const formats::json::value& value);

}  // namespace countersign::gateway
