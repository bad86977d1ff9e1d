// A request's body in CBOR: refused, or the parameters that it stands for.
#include <string_view>

#include "gateway/cbor_reader.h"
#include "gateway/document_parameters.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const auto value = gateway::parse_cbor(std::string_view(reinterpret_cast<const char*>(data), size));
    if (value) static_cast<void>(gateway::parameters_of_document(*value));
    return 0;
}
