// Tag…, Untag… and List…Tags of any noun with a record of its own. `find` is its finder, as in change.h.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/operation.h"
#include "model/iam.h"
#include "services/iam/change.h"
#include "services/iam/paging.h"
#include "services/iam/tags.h"

namespace countersign::iam {

template <auto find>
Result<gateway::Nothing> tag_record(const Deps& deps, const gateway::Call& call, const std::string& name,
                                    const std::vector<api::Tag>& added) {
    return change_record<find>(deps, call, name, [&](auto& record, store::Transaction&) -> Result<void> {
        record.tags = TRY(tagged(record.tags, added));
        return {};
    });
}

template <auto find>
Result<gateway::Nothing> untag_record(const Deps& deps, const gateway::Call& call, const std::string& name,
                                      const std::vector<std::string>& keys) {
    return change_record<find>(deps, call, name, [&](auto& record, store::Transaction&) -> Result<void> {
        record.tags = untagged(record.tags, keys);
        return {};
    });
}

template <class Answer, class Input>
Result<Answer> tags_page(const std::vector<model::Tag>& tags, const Input& input) {
    const auto shown_page = TRY(page(
        tags, [](const model::Tag& tag) { return tag.Key; }, input.Marker, input.MaxItems));
    Answer answer;
    answer.Tags = to_api(shown_page.items);
    put_page(answer, shown_page);
    return answer;
}

}  // namespace countersign::iam
