#include "sim/world.h"

#include <fmt/format.h>

#include <stdexcept>

#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "formats/uri.h"
#include "model/aws_managed_policies.h"
#include "model/keys.h"
#include "services/iam/service.h"
#include "services/rds/service.h"
#include "sigv4/sign.h"
#include "sim/model.h"
#include "store/records.h"

namespace countersign::sim {

namespace {

namespace keys = model::keys;

constexpr const char* root_key = "AKIAROOTROOTROOTROOT";
constexpr const char* root_secret = "not-a-secret-at-all";

template <class Record>
void put(store::Store& store, const std::string& key, const Record& record) {
    if (!store.commit({{}, {store::put(key, record)}}))
        throw std::runtime_error("a new store refuses " + key);
}

http::Request signed_request(const std::string& service, const std::string& body, Instant now) {
    http::Request request{"POST", "/", {{"Host", "localhost"}}, body, ""};
    sigv4::sign(request, {root_key, Secret(root_secret), ""},
                {service == "iam" ? "us-east-1" : region, service}, now);
    return request;
}

}  // namespace

World::World(std::uint64_t seed)
    : random(seed),
      gateway({access, clock, random, log, metrics},
              {iam::service({faulty, sealing, random}),
               rds::service({faulty,
                             sealing,
                             random,
                             databases::Versions{{{15, 20, "15.20", {}}}},
                             {"localhost", 21000, 23000}})},
              {}) {
    model::Account record;
    record.id = account;
    put(*store, keys::account_record(account), record);
    put(*store, keys::guardrail(account, "FullAWSAccess"), model::unrestricted({}));
    const std::string place = keys::access_key(root_key);
    put(*store, place,
        model::AccessKey{root_key,
                         account,
                         "",
                         sealing.seal(Secret(root_secret), place, random),
                         model::KeyStatus::Active,
                         {}});
}

Answer World::call(const std::string& service, const std::string& action, const Parameters& parameters) {
    std::string body =
        "Action=" + action + (service == "iam" ? "&Version=2010-05-08" : "&Version=2014-10-31");
    for (const auto& [name, value] : parameters)
        body += '&' + formats::percent_encode(name) + '=' + formats::percent_encode(value);
    const http::Response response = gateway.answer(signed_request(service, body, clock.now()));
    Answer answer;
    answer.status = response.status;
    answer.document.load_string(response.body.c_str());
    return answer;
}

std::optional<model::DBInstance> World::database(const std::string& identifier) {
    const auto stored = store::load<model::DBInstance>(*store, keys::instance(account, region, identifier));
    return stored && *stored ? std::optional((*stored)->record) : std::nullopt;
}

}  // namespace countersign::sim
