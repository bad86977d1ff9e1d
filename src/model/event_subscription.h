// Who asked to hear of RDS's events, and the certificate authority that an account chose. Values.
#pragma once

#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/iam.h"

namespace countersign::model {

struct EventSubscription {
    std::string name;
    std::string topic;                    // ARN of an SNS topic
    std::string source_type;              // db-instance, …; empty: every one
    std::vector<std::string> sources;     // identifiers; none: every one of that type
    std::vector<std::string> categories;  // none: every one
    bool enabled = true;
    Instant created;
    std::vector<Tag> tags;
};
BOOST_DESCRIBE_STRUCT(EventSubscription, (),
                      (name, topic, source_type, sources, categories, enabled, created, tags))

struct CertificateOverride {
    std::string certificate;  // CertificateIdentifier
};
BOOST_DESCRIBE_STRUCT(CertificateOverride, (), (certificate))

}  // namespace countersign::model
