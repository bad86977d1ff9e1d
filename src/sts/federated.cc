#include "sts/federated.h"

namespace countersign::sts {

void take_context(const federation::SessionContext& given, access::Session& session) {
    for (const auto& [key, value] : given.principal_tags) session.tags.push_back({key, value});
    session.transitive_tags = given.transitive_tag_keys;
    session.source_identity = given.source_identity;
}

}  // namespace countersign::sts
