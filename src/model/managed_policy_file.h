// A file of AWS's managed policies, as scripts/managed_policies.py makes it and describes: an index of all,
// and blocks of documents that are unpacked when one of them is asked for.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace countersign::model {

struct AwsManagedPolicy {
    struct Version {
        std::string_view id;  // v1, v2, …
        Instant created;
        std::size_t offset = 0;  // of its document in the block
        std::size_t bytes = 0;
    };

    std::string_view path;
    std::string_view name;
    std::string id;  // ANPA…
    std::string_view description;
    Instant created;
    std::vector<Version> versions;  // oldest first; the last is the default
    std::size_t block = 0;

    std::string arn() const;
    const Version& newest() const { return versions.back(); }
};

// The texts of its policies live as long as it does. Once it is open it may be read from any thread.
class ManagedPolicyFile {
public:
    // `bytes` must outlive the file. Fault::invalid if they are no such file; blocks are looked at when they
    // are read.
    static Result<ManagedPolicyFile> open(std::string_view bytes);

    ManagedPolicyFile(ManagedPolicyFile&&) = default;
    ManagedPolicyFile& operator=(ManagedPolicyFile&&) = default;
    ManagedPolicyFile(const ManagedPolicyFile&) = delete;
    ManagedPolicyFile& operator=(const ManagedPolicyFile&) = delete;
    ~ManagedPolicyFile() = default;

    // In the order of their ARNs.
    std::span<const AwsManagedPolicy> policies() const { return policies_; }
    // nullptr if there is none of that path and name, as "/service-role/AWSConfigRole".
    const AwsManagedPolicy* find(std::string_view path_and_name) const;
    // The documents of these versions, as AWS gives them.
    Result<std::vector<std::string>> documents(const AwsManagedPolicy& policy,
                                               std::span<const AwsManagedPolicy::Version> versions) const;

private:
    // The block that was unpacked last: who asks for one document often asks for the next.
    struct Unpacked {
        Mutex mutex;
        std::size_t block GUARDED_BY(mutex) = 0;
        std::shared_ptr<const std::string> text GUARDED_BY(mutex);
    };

    ManagedPolicyFile() = default;
    Result<std::shared_ptr<const std::string>> unpack(std::size_t block) const;
    Result<void> read_policy(std::string_view line);
    Result<void> read_blocks(std::string_view lines, std::string_view after_index);

    std::vector<char> index_;  // a vector's bytes stay where they are when it is moved
    std::vector<AwsManagedPolicy> policies_;
    std::vector<std::string_view> blocks_;
    std::unique_ptr<Unpacked> unpacked_ = std::make_unique<Unpacked>();
};

}  // namespace countersign::model
