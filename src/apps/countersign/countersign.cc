// The one program. What it can do is in cli/run.cc.
#include "apps/agent/agent_daemon.h"
#include "apps/serve/serve.h"
#include "cli/run.h"

int main(int argc, char** argv) {
    return countersign::cli::run(argc, argv, {countersign::apps::serve, countersign::apps::run_agent});
}
