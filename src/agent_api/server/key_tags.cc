#include "agent_api/server/key_tags.h"

#include <cstring>

#include "crypto/digest.h"
#include "model/keys.h"

namespace countersign::agent_api::server {

KeyTag KeyTags::of(std::string_view source) const {
    const Secret digest = crypto::hmac_sha256(key_, source);
    KeyTag mark = 0;
    std::memcpy(&mark, digest.reveal().data(), sizeof mark);
    return mark;
}

std::vector<KeyTag> KeyTags::of(const std::vector<std::string>& sources) const {
    std::vector<KeyTag> marks;
    marks.reserve(sources.size());
    for (const std::string& source : sources) marks.push_back(of(source));
    return marks;
}

std::vector<KeyTag> KeyTags::of_change(std::string_view key) const {
    return {of(key), of(model::keys::list_of(key))};
}

}  // namespace countersign::agent_api::server
