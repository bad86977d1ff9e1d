// A server as the verdict on a login needs it. Pure.
#pragma once

#include "databases/server_view.h"
#include "login/verdict.h"

namespace countersign::agent {

login::Server login_server_of(const databases::ServerView& view, login::ConnectContext context);

}  // namespace countersign::agent
