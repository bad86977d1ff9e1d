// Templates of CloudFormation: whatever is read is evaluated, ordered and checked, and none of it ends the
// process.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/cloudformation/template/order.h"
#include "services/cloudformation/template/parameters.h"
#include "services/cloudformation/types/type.h"

using namespace countersign::cloudformation;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto read = read_template(text);
    if (!read) return 0;
    (void)check_parameter_types(*read);
    (void)needs_of(*read);
    const auto settled = settle_parameters(*read, {});
    Environment environment{"123456789012", "us-west-2", "stack", "id", {}, {}};
    if (settled) environment.parameters = parameter_values(*read, *settled);
    environment.ref = [](const std::string& name) {
        return countersign::Result<json::value>(json::value(name));
    };
    environment.attribute = [](const std::string& name, const std::string&) {
        return countersign::Result<json::value>(json::value(name));
    };
    if (auto conditions = evaluate_conditions(*read, environment))
        environment.conditions = *std::move(conditions);
    for (const auto& [logical, resource] : read->resources) {
        const auto properties = Evaluator(*read, environment).object(resource.properties);
        const Type* type = find_type(resource.type);
        if (properties && type != nullptr) (void)check_properties(*type, logical, *properties, Known::all);
    }
    for (const auto& [key, output] : read->outputs) (void)Evaluator(*read, environment).text(output.value);
    return 0;
}
