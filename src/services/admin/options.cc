#include "services/admin/options.h"

#include <map>

#include "model/keys.h"
#include "store/records.h"

namespace countersign::admin {

namespace {

using Databases = std::map<std::string_view, std::vector<std::string>>;  // by option

template <class Record>
void note_options(const store::Entry& entry, Databases& databases) {
    const Result<Record> record = formats::from_record<Record>(entry.value);
    if (!record || record->wish == model::Wish::deleted) return;
    for (const std::string_view name : model::options_on(*record)) databases[name].push_back(record->id);
}

Result<Databases> databases_with_options(store::Store& store, const std::string& account) {
    const store::Page page = TRY(store::list_all(store, model::keys::rds_of(account)));
    Databases databases;
    for (const store::Entry& entry : page.entries) {
        const model::keys::RdsKind kind = model::keys::rds_kind_of(entry.key);
        if (kind == model::keys::RdsKind::cluster) note_options<model::DBCluster>(entry, databases);
        if (kind == model::keys::RdsKind::instance) note_options<model::DBInstance>(entry, databases);
    }
    return databases;
}

}  // namespace

Result<api::ListOptionsWithoutEffectResponse> list_options(const Deps& deps, const gateway::Call& call,
                                                           const gateway::Nothing&) {
    Databases databases = TRY(databases_with_options(deps.store, call.account()));
    api::ListOptionsWithoutEffectResponse answer;
    for (const model::OptionWithoutEffect& option : model::options_without_effect()) {
        api::OptionWithoutEffect& one = answer.Options.emplace_back();
        one.OptionName = option.name;
        one.Promise = option.promise == model::Promise::safety ? "safety" : "nothing";
        one.Parameters = option.parameters;
        one.Sentence = option.sentence;
        one.Taken = deps.option_policy.takes(option);
        if (!deps.option_policy.is_true(option.name)) one.Databases = std::move(databases[option.name]);
    }
    return answer;
}

}  // namespace countersign::admin
