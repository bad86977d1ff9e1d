#include "base/result.h"

#include <stdexcept>

namespace countersign {

void refuse_wrong_result() {
    throw std::logic_error("a result was taken for what it is not");
}

}  // namespace countersign
