#include "base/secret.h"

#include <cstring>

namespace countersign {

void Secret::wipe() {
    explicit_bzero(bytes_.data(), bytes_.size());
    bytes_.clear();
}

}  // namespace countersign
