// Who else writes a server's pg_hba.conf: a cluster manager, a Kubernetes operator, configuration management.
// Told by what they leave in files, in the server's environment and among its parent processes. Pure; one
// table has who, by what they are known, and where their lines belong.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "attach/hba.h"
#include "base/result.h"

namespace countersign::attach {

// What a host shows of a server.
struct HbaSigns {
    std::string hba;                                 // text of pg_hba.conf
    std::string conf;                                // text of postgresql.conf
    std::vector<std::string> data_files;             // names in the data directory
    std::vector<std::string> ancestors;              // command lines of the postmaster's parents
    std::map<std::string, std::string> environment;  // of the postmaster, as far as the table asks
};

enum class HbaForm {
    lines,       // of a pg_hba.conf
    whole_list,  // a YAML list that makes the whole file
    own_list,    // a YAML list of lines that are put among the manager's
};

struct HbaManager {
    std::string_view name;
    HbaForm form = HbaForm::lines;
    std::string_view path;   // of the list, keys joined by dots
    std::string_view where;  // what it is put into
    std::string_view then;   // what makes it count, a sentence; empty: nothing but that
    bool in_pods = false;    // what is written beside PostgreSQL's files ends with the pod
};

struct FoundManager {
    const HbaManager* manager = nullptr;  // never none
    std::string evidence;                 // in words, printable
};

// The variables that HbaSigns::environment needs.
std::vector<std::string> telling_variables();

std::optional<FoundManager> find_manager(const HbaSigns& signs);

// For whoever writes the file without leaving a trace, its owner say.
const HbaManager& owner_by_hand();

// What to put where: lines to read, and in between what is to be copied. Fault::conflict as with_block().
Result<std::string> hba_guidance(const HbaManager& manager, std::string_view hba, const HbaBlock& block);

}  // namespace countersign::attach
