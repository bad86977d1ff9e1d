#include "services/iam/condition_keys.h"

#include "base/text.h"

namespace countersign::iam {

void put_tag_keys(const std::vector<std::string>& names, policy::Context& context) {
    std::vector<std::string>& keys = context["aws:tagkeys"];
    keys.insert(keys.end(), names.begin(), names.end());
}

void put_resource_tags(const std::vector<model::Tag>& tags, policy::Context& context) {
    for (const model::Tag& tag : tags) {
        context["aws:resourcetag/" + lower(tag.Key)] = {tag.Value};
        context["iam:resourcetag/" + lower(tag.Key)] = {tag.Value};
    }
}

void put_boundary_key(const std::string& boundary, policy::Context& context) {
    if (!boundary.empty()) context["iam:permissionsboundary"] = {boundary};
}

}  // namespace countersign::iam
