// The condition keys that IAM's own calls bring: the tags that are given, the tags of what is called on, and
// what single operations add. Source: Service Authorization Reference, "Condition keys for IAM".
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gateway/operation.h"
#include "gateway/tags.h"
#include "generated/iam.h"
#include "model/iam.h"

namespace countersign::iam {

// aws:TagKeys
void put_tag_keys(const std::vector<std::string>& names, policy::Context& context);
// aws:ResourceTag/KEY and iam:ResourceTag/KEY
void put_resource_tags(const std::vector<model::Tag>& tags, policy::Context& context);

// iam:PermissionsBoundary; nothing for an empty ARN.
void put_boundary_key(const std::string& boundary, policy::Context& context);

template <class Op>
using ConditionKeys = std::function<void(const gateway::Call&, const typename Op::Input&, policy::Context&)>;

// The row with more condition keys to be authorised by.
template <class Op>
gateway::Operation with_keys(gateway::Operation row, ConditionKeys<Op> keys) {
    row.run = [run = std::move(row.run), keys = std::move(keys)](
                  const gateway::Call& call, const gateway::QueryReader& reader,
                  gateway::AnswerWriter& answer) -> Result<void> {
        const typename Op::Input input = TRY(Op::read(reader));
        gateway::Call enriched = call;
        keys(call, input, enriched.context);
        return run(enriched, reader, answer);
    };
    return row;
}

// The row with the tags that the input gives or takes away.
template <class Op>
gateway::Operation with_request_tags(gateway::Operation row) {
    return with_keys<Op>(std::move(row),
                         [](const gateway::Call&, const typename Op::Input& input, policy::Context& context) {
                             if constexpr (requires { input.Tags; })
                                 if (input.Tags)
                                     gateway::put_request_tags(gateway::tags_from_api(*input.Tags), context);
                             if constexpr (requires { input.TagKeys; })
                                 if (input.TagKeys) put_tag_keys(*input.TagKeys, context);
                         });
}

// The same, and with the tags of the record that the input means; none where there is none. `find` takes the
// call and the input.
template <class Op, class Find>
gateway::Operation with_tags(gateway::Operation row, Find find) {
    return with_keys<Op>(
        with_request_tags<Op>(std::move(row)),
        [find](const gateway::Call& call, const typename Op::Input& input, policy::Context& context) {
            const auto stored = find(call, input);
            if (stored) put_resource_tags(stored->record.tags, context);
        });
}

// The row with iam:PermissionsBoundary: the boundary that is given, else that of the record that the input
// means.
template <class Op, class Find>
gateway::Operation with_boundary(gateway::Operation row, [[maybe_unused]] Find find) {
    using Input = typename Op::Input;
    if constexpr (requires(const Input& input) { input.PermissionsBoundary; }) {
        return with_keys<Op>(std::move(row),
                             [](const gateway::Call&, const Input& input, policy::Context& context) {
                                 put_boundary_key(input.PermissionsBoundary.value_or(""), context);
                             });
    } else {
        return with_keys<Op>(std::move(row),
                             [find](const gateway::Call& call, const Input& input, policy::Context& context) {
                                 const auto stored = find(call, input);
                                 if (stored) put_boundary_key(stored->record.permissions_boundary, context);
                             });
    }
}

}  // namespace countersign::iam
