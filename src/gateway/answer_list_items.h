// Lists of texts as the values of a map, for the few services that have such.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/answer_members.h"

namespace countersign::gateway {

inline void put_item(AnswerWriter& answer, std::string_view name, const std::vector<std::string>& items) {
    put_list(answer, name, "member", items);
}

}  // namespace countersign::gateway
