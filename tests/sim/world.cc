#include "sim/world.h"

#include "crypto/digest.h"
#include "formats/iso_time.h"
#include "model/keys.h"
#include "services/iam/service.h"
#include "services/rds/service.h"
#include "sim/model.h"
#include "store/records.h"

namespace countersign::sim {

namespace {

namespace keys = model::keys;

constexpr const char* root_key = "AKIAROOTROOTROOTROOT";

gateway::test::Endpoint endpoint_of(const std::string& service) {
    if (service == "iam") return {"iam", "2010-05-08"};
    return {"rds", "2014-10-31", region};
}

}  // namespace

World::World(std::uint64_t seed)
    : random(seed),
      dispatcher({access, clock, random, log, metrics},
                 {iam::service({faulty, sealing, random}),
                  rds::service({faulty,
                                sealing,
                                random,
                                databases::Versions{{{15, 20, "15.20", {}}}},
                                {"localhost", 21000, 23000}})},
                 {}) {
    gateway::test::add_account(*store, account);
    gateway::test::add_key(*store, sealing, random, root_key, {account, ""});
}

Answer World::call(const std::string& service, const std::string& action, const Parameters& parameters) {
    return gateway::test::answer_in(gateway.answer(
        gateway::test::signed_request(endpoint_of(service), action, parameters, {root_key}, clock.now())));
}

std::optional<model::DBInstance> World::database(const std::string& identifier) {
    const auto stored = store::load<model::DBInstance>(*store, keys::instance(account, region, identifier));
    return stored && *stored ? std::optional((*stored)->record) : std::nullopt;
}

}  // namespace countersign::sim
