// The data directory of a server on this machine: where it is, and what lies in it.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace countersign::client {

struct DataDir {
    std::filesystem::path root;

    std::filesystem::path state() const { return root / "state.db"; }
    std::filesystem::path sealing_key() const { return root / "sealing.key"; }
    std::filesystem::path region() const { return root / "region"; }  // the server's own
    std::filesystem::path credentials() const { return root / "credentials"; }
    std::filesystem::path login_log() const { return root / "login.log"; }
    std::filesystem::path sessions() const {
        return root / "sessions.json";
    }                                                                      // live ones of the agent inside
    std::filesystem::path places() const { return root / "places.json"; }  // of attached servers, taken over
    std::filesystem::path database_logs() const { return root / "logs"; }  // iam-db-auth-error, a folder each
    std::filesystem::path login_minutes() const { return root / "login-minutes"; }    // CloudWatch's figures
    std::filesystem::path api_events() const { return root / "api-events"; }          // CloudTrail's events
    std::filesystem::path metadata_token() const { return root / "metadata-token"; }  // a container's
    std::filesystem::path bundle() const { return root / "global-bundle.pem"; }
    std::filesystem::path ready() const { return root / "serve.json"; }  // what the running server listens on
    std::filesystem::path library() const { return root / "lib" / "libcountersign_pam.so"; }
};

// The directory given, or the default: /var/lib/countersign for root, $XDG_DATA_HOME/countersign (or
// ~/.local/share/countersign) for anybody else.
Result<DataDir> locate_data_dir(const std::string& given);

// What a running server wrote into its data directory when it became ready.
struct RunningServer {
    std::string url;  // http://127.0.0.1:7070
    std::string region;
    std::string account;
    std::string access_key_id;
    std::string secret_access_key;
    std::string metadata_url;  // of --metadata-role; empty: there is none
    std::string ca_bundle;     // PEM file of who vouches for the URL; empty: the machine's own
};
// Fault::unavailable, with the next step, when no server runs there.
Result<RunningServer> find_server(const DataDir& dir);

}  // namespace countersign::client
