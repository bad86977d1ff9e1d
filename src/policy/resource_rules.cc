#include "policy/resource_rules.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/text.h"
#include "model/arn.h"

namespace countersign::policy {

namespace {

constexpr std::array<std::string_view, 13> iam_paths = {"user/",
                                                        "federated-user/",
                                                        "role/",
                                                        "group/",
                                                        "instance-profile/",
                                                        "mfa/",
                                                        "server-certificate/",
                                                        "policy/",
                                                        "sms-mfa/",
                                                        "saml-provider/",
                                                        "oidc-provider/",
                                                        "report/",
                                                        "access-report/"};

bool has_wildcard(std::string_view text) {
    return text.find_first_of("*?") != std::string_view::npos;
}

bool is_partition(std::string_view text) {
    return has_wildcard(text) || text == model::partition();
}

std::string in_quotes(std::string_view text) {
    return '"' + std::string(text) + '"';
}

// The ARN as IAM shows it: what is missing is a '*'.
std::string partition_fault(const std::vector<std::string_view>& fields) {
    std::vector<std::string> shown = {"arn"};
    constexpr std::size_t shown_fields = 6;
    for (std::size_t field = 1; field < std::max(fields.size(), shown_fields); ++field)
        shown.emplace_back(field < fields.size() ? fields[field] : "*");
    if (fields.size() == 3 && fields[2].empty()) shown[2] = "*";
    return "Partition " + in_quotes(fields[1]) + " is not valid for resource " +
           in_quotes(joined(shown, ":")) + ".";
}

std::optional<std::string> region_fault(std::string_view resource, std::string_view service) {
    if (service == "iam")
        return "IAM resource " + std::string(resource) + " cannot contain region information.";
    return "Resource " + std::string(resource) + " can not contain region information.";
}

// What follows the fifth colon.
std::string_view path_of(std::string_view resource) {
    for (int colon = 0; colon < 5; ++colon)
        resource.remove_prefix(std::min(resource.find(':'), resource.size() - 1) + 1);
    return resource;
}

std::optional<std::string> iam_path_fault(std::string_view path) {
    const bool starts_right =
        std::ranges::any_of(iam_paths, [path](std::string_view start) { return path.starts_with(start); });
    if (path == "*" || starts_right) return std::nullopt;
    std::vector<std::string> starts(iam_paths.begin(), iam_paths.end());
    return "IAM resource path must either be \"*\" or start with " + joined(starts, ", ") + ".";
}

}  // namespace

std::optional<std::string> resource_fault(std::string_view resource) {
    if (resource == "*") return std::nullopt;
    const std::string not_arn = "Resource " + std::string(resource) + " must be in ARN format or \"*\".";
    const std::vector<std::string_view> fields = split(resource, ':');
    if (fields.size() < 2) return not_arn;
    if (!is_partition(fields[1])) return partition_fault(fields);
    if (fields.front() != "arn") return not_arn;
    if (fields.size() < 3 || has_wildcard(fields[2]))
        return "Resource vendor must be fully qualified and cannot contain regexes.";
    const std::string_view service = fields[2];
    const bool without_region = fields.size() > 4 && fields[3].empty();
    const bool access_point = service == "s3" && fields.size() > 5 && fields[5].starts_with("accesspoint/");
    if ((service == "iam" || service == "s3") && !without_region && !access_point)
        return region_fault(resource, service);
    return service == "iam" ? iam_path_fault(path_of(resource)) : std::nullopt;
}

bool fails_legacy_parsing(std::string_view resource) {
    if (resource == "*") return false;
    const std::vector<std::string_view> fields = split(resource, ':');
    const bool cut_short = fields.size() < 6 && resource.find("::") != std::string_view::npos;
    return cut_short || fields.size() < 3 || fields[2].empty();
}

}  // namespace countersign::policy
