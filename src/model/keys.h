// Where each record lies in the store: the one place that spells a key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace countersign::model::keys {

inline const std::string account = "/account";  // the account id, as text

inline std::string user(std::string_view name) {
    return "/iam/user/" + lower(name);
}
inline std::string users() {
    return "/iam/user/";
}
inline std::string access_key(std::string_view id) {
    return "/iam/key/" + std::string(id);
}
inline std::string access_keys() {
    return "/iam/key/";
}
inline std::string user_keys(std::string_view name) {
    return "/iam/user-key/" + lower(name) + '/';
}
inline std::string user_key(std::string_view name, std::string_view id) {
    return user_keys(name) + std::string(id);
}
inline std::string policy(std::string_view name) {
    return "/iam/policy/" + lower(name);
}
inline std::string policies() {
    return "/iam/policy/";
}
inline std::string iam() {
    return "/iam/";
}

inline std::string rds() {
    return "/rds/";
}
inline std::string clusters(std::string_view region) {
    return "/rds/" + std::string(region) + "/cluster/";
}
inline std::string cluster(std::string_view region, std::string_view id) {
    return clusters(region) + lower(id);
}
inline std::string instances(std::string_view region) {
    return "/rds/" + std::string(region) + "/instance/";
}
inline std::string instance(std::string_view region, std::string_view id) {
    return instances(region) + lower(id);
}
inline std::string subnet_groups(std::string_view region) {
    return "/rds/" + std::string(region) + "/subgrp/";
}
inline std::string subnet_group(std::string_view region, std::string_view name) {
    return subnet_groups(region) + lower(name);
}
inline std::string events(std::string_view region) {
    return "/rds/" + std::string(region) + "/event/";
}
inline std::string port(std::uint16_t number) {
    return "/port/" + std::to_string(number);
}

}  // namespace countersign::model::keys
