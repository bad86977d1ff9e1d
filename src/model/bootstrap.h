// What the first start of a server made, and which key seals what is in its store.
#pragma once

#include <boost/describe.hpp>
#include <string>

namespace countersign::model {

// The certificate authority, and which key is the administrator's.
struct Bootstrap {
    std::string administrator_key;
    std::string authority_certificate;
    std::string sealed_authority_key;  // crypto/seal.h, context = the store key
};
BOOST_DESCRIBE_STRUCT(Bootstrap, (), (administrator_key, authority_certificate, sealed_authority_key))

struct SealedWith {
    std::string key;        // its id: crypto::SealingKey::ids()
    bool complete = false;  // nothing in the store is sealed with another one any more
};
BOOST_DESCRIBE_STRUCT(SealedWith, (), (key, complete))

}  // namespace countersign::model
