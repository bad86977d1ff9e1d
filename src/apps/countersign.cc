// The one program. What it can do is in cli/run.cc.
#include "cli/run.h"

int main(int argc, char** argv) {
    return countersign::cli::run(argc, argv);
}
