#include "model/managed_policy_file.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/digest.h"
#include "formats/encoding.h"
#include "formats/xz.h"
#include "model/arn.h"

namespace countersign::model {

namespace {

constexpr std::size_t index_bytes_max = std::size_t{8} << 20;
constexpr std::size_t block_bytes_max = std::size_t{16} << 20;

Error bad_policy_file(std::string_view what) {
    return Error{Fault::invalid, "the file of managed policies is damaged: " + std::string(what)};
}

// The same wherever and whenever it is made, for a policy whose own id is not known.
std::string derived_id(std::string_view path, std::string_view name) {
    constexpr std::size_t letters = 17;
    return "ANPA" + formats::base32(crypto::sha256(std::string(path) + std::string(name))).substr(0, letters);
}

Result<Instant> instant_of(std::string_view text) {
    constexpr std::uint64_t seconds_max = 253'402'300'799;  // the year 9999
    const auto seconds = parse_number<std::uint64_t>(text);
    if (!seconds || *seconds > seconds_max) return bad_policy_file("no time");
    return Instant{std::chrono::seconds(*seconds)};
}

// id:created:bytes
Result<AwsManagedPolicy::Version> read_version(std::string_view text) {
    const auto parts = split(text, ':');
    if (parts.size() != 3 || !parts[0].starts_with('v')) return bad_policy_file("no version");
    const auto bytes = parse_number<std::size_t>(parts[2]);
    if (!bytes || *bytes > block_bytes_max) return bad_policy_file("no size");
    const Instant created = TRY(instant_of(parts[1]));
    return AwsManagedPolicy::Version{parts[0], created, 0, *bytes};
}

// Compares as the joined text would, without joining.
bool comes_before(const AwsManagedPolicy& policy, std::string_view path_and_name) {
    const int order = policy.path.compare(path_and_name.substr(0, policy.path.size()));
    return order != 0 ? order < 0 : policy.name < path_and_name.substr(policy.path.size());
}

}  // namespace

std::string AwsManagedPolicy::arn() const {
    return iam_arn("aws", "policy" + std::string(path) + std::string(name));
}

Result<void> ManagedPolicyFile::read_policy(std::string_view line) {
    constexpr std::size_t fields_before_versions = 5;
    const auto fields = split(line, '\t');
    if (fields.size() <= fields_before_versions) return bad_policy_file("no versions");
    AwsManagedPolicy policy;
    policy.path = fields[0];
    policy.name = fields[1];
    if (!policy.path.starts_with('/') || !policy.path.ends_with('/') || policy.name.empty())
        return bad_policy_file("no name");
    policy.id = fields[2].empty() ? derived_id(policy.path, policy.name) : std::string(fields[2]);
    policy.created = TRY(instant_of(fields[3]));
    policy.description = fields[4];
    for (std::size_t field = fields_before_versions; field < fields.size(); ++field)
        policy.versions.push_back(TRY(read_version(fields[field])));
    policies_.push_back(std::move(policy));
    return {};
}

Result<void> ManagedPolicyFile::read_blocks(std::string_view lines, std::string_view after_index) {
    std::size_t next = 0;
    for (const std::string_view line : split(lines, '\n')) {
        if (line.empty()) continue;
        const auto fields = split(line, '\t');
        const auto bytes = parse_number<std::size_t>(fields.front());
        const auto count = parse_number<std::size_t>(fields.back());
        if (!bytes || !count || *bytes > after_index.size() || *count > policies_.size() - next)
            return bad_policy_file("no block");
        blocks_.push_back(after_index.substr(0, *bytes));
        after_index.remove_prefix(*bytes);
        std::size_t offset = 0;
        for (const std::size_t end = next + *count; next < end; ++next) {
            policies_[next].block = blocks_.size() - 1;
            for (AwsManagedPolicy::Version& version : policies_[next].versions) {
                version.offset = offset;
                offset += version.bytes;
            }
        }
    }
    if (next != policies_.size() || !after_index.empty()) return bad_policy_file("not all of it is there");
    return {};
}

Result<ManagedPolicyFile> ManagedPolicyFile::open(std::string_view bytes) {
    const formats::XzStream index = TRY(formats::read_xz_stream(bytes, index_bytes_max));
    ManagedPolicyFile file;
    file.index_.assign(index.text.begin(), index.text.end());
    const std::string_view text(file.index_.data(), file.index_.size());
    const std::size_t end = text.find("\n\n");
    if (end == std::string_view::npos) return bad_policy_file("no index");
    for (const std::string_view line : split(text.substr(0, end), '\n')) TRY(file.read_policy(line));
    const bool in_order = std::ranges::is_sorted(file.policies_, [](const auto& a, const auto& b) {
        return comes_before(a, std::string(b.path) + std::string(b.name));
    });
    if (!in_order) return bad_policy_file("the order of its index");
    TRY(file.read_blocks(text.substr(end), bytes.substr(index.bytes)));
    return file;
}

const AwsManagedPolicy* ManagedPolicyFile::find(std::string_view path_and_name) const {
    const auto found = std::ranges::partition_point(
        policies_, [&](const AwsManagedPolicy& policy) { return comes_before(policy, path_and_name); });
    if (found == policies_.end() || !path_and_name.starts_with(found->path)) return nullptr;
    return path_and_name.substr(found->path.size()) == found->name ? &*found : nullptr;
}

Result<std::shared_ptr<const std::string>> ManagedPolicyFile::unpack(std::size_t block) const {
    const MutexLock lock(unpacked_->mutex);
    if (unpacked_->text == nullptr || unpacked_->block != block) {
        formats::XzStream stream = TRY(formats::read_xz_stream(blocks_.at(block), block_bytes_max));
        unpacked_->text = std::make_shared<const std::string>(std::move(stream.text));
        unpacked_->block = block;
    }
    return unpacked_->text;
}

Result<std::vector<std::string>> ManagedPolicyFile::documents(
    const AwsManagedPolicy& policy, std::span<const AwsManagedPolicy::Version> versions) const {
    const auto block = TRY(unpack(policy.block));
    std::vector<std::string> documents;
    for (const AwsManagedPolicy::Version& version : versions) {
        if (version.offset + version.bytes > block->size()) return bad_policy_file("a block");
        documents.push_back(block->substr(version.offset, version.bytes));
    }
    return documents;
}

}  // namespace countersign::model
