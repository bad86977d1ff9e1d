// Formulas in values of parameters: {DBInstanceClassMemory/32768},
// LEAST({DBInstanceClassMemory/9531392},5000). Source: RDS User Guide, "Specifying DB parameters"
// (USER_ParamValuesRef).
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace countersign::model {

struct InstanceSize {
    double memory_bytes = 0;
    double processors = 0;
};

// What a class as db.r6g.large has by its name; the smallest that there is for one of another form.
InstanceSize size_of(std::string_view instance_class);

bool is_formula(std::string_view text);

// Nothing if the text is no formula of the variables DBInstanceClassMemory and DBInstanceVCPU, numbers, the
// four operations and GREATEST, LEAST, SUM and log; or if it has no finite value.
std::optional<std::int64_t> reckon(std::string_view text, const InstanceSize& size);

}  // namespace countersign::model
