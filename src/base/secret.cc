#include "base/secret.h"

#include <cstring>

namespace countersign {

void Secret::wipe() {
    bytes_.resize(bytes_.capacity());  // a short text may have been here before, swapped away
    explicit_bzero(bytes_.data(), bytes_.size());
    bytes_.clear();
}

WipedAtEnd::~WipedAtEnd() {
    explicit_bzero(bytes_, size_);
}

}  // namespace countersign
