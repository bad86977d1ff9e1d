// AWS Security Token Service's API.
#pragma once

#include "gateway/gateway.h"

namespace countersign::sts {

gateway::Service service();

}  // namespace countersign::sts
