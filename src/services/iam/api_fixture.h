// IAM's API for one test, as a client meets it.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "formats/iso_time.h"
#include "gateway/api_fixture.h"
#include "services/iam/service.h"

namespace countersign::iam {

using gateway::test::Answer;
using gateway::test::Parameters;
using gateway::test::SetClock;

class ApiTest : public gateway::test::ApiFixture {
protected:
    ApiTest() : ApiFixture({"iam", "2010-05-08"}) { serve({service({*store_, sealing_, random_})}); }

    // All texts that the XPath finds on all pages of a list, page by page.
    std::vector<std::string> listed(const std::string& action, Parameters parameters,
                                    const std::string& path) const {
        std::vector<std::string> all;
        for (int pages = 0; pages < 100; ++pages) {
            const Answer answer = done(action, parameters);
            const std::vector<std::string> more = answer.texts(path);
            all.insert(all.end(), more.begin(), more.end());
            if (answer.text("//IsTruncated") != "true") return all;
            parameters["Marker"] = answer.text("//Marker");
        }
        ADD_FAILURE() << action << " never ends";
        return all;
    }
};

}  // namespace countersign::iam
