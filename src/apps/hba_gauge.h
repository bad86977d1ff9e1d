// What a look at pg_hba.conf found, as a figure of /metrics.
#pragma once

#include <limits>

#include "agent/hba_watch.h"
#include "telemetry/metrics.h"

namespace countersign::apps {

inline agent::HbaWatch::Gauge hba_gauge(telemetry::Metrics& metrics) {
    using Figure = agent::HbaWatch::Figure;
    return [&metrics](const databases::ServerView& server, Figure figure) {
        const telemetry::CountedDatabase database{server.identifier, server.resource_id, server.region,
                                                  server.account};
        if (figure == Figure::dropped) return metrics.drop_hba_in_order(database);
        constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
        const double known = figure == Figure::in_order ? 1 : 0;
        metrics.set_hba_in_order(database, figure == Figure::unseen ? unknown : known);
    };
}

}  // namespace countersign::apps
