// Of calls for the same key at the same time one does the work, and the others wait for what it returns. Keys
// do not wait for each other. Safe to call from any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"

namespace countersign {

template <class Answer>
class SingleFlight {
public:
    // Blocks for as long as the work takes. Where the one that does it throws, another one begins.
    Answer run(const std::string& key, const std::function<Answer()>& work) {
        std::shared_ptr<Flight> mine;
        {
            const MutexLock lock(mutex_);
            for (auto found = flights_.find(key); found != flights_.end(); found = flights_.find(key)) {
                const std::shared_ptr<Flight> flight = found->second;
                while (!flight->ended) landed_.wait(mutex_);
                if (flight->answer) return *flight->answer;
            }
            mine = std::make_shared<Flight>();
            flights_[key] = mine;
        }
        const Landing landing{*this, key, *mine};
        Answer answer = work();
        const MutexLock lock(mutex_);
        mine->answer = answer;
        return answer;
    }

private:
    struct Flight {
        bool ended = false;
        std::optional<Answer> answer;  // none: its work threw
    };
    struct Landing {
        SingleFlight& flights;
        const std::string& key;
        Flight& mine;
        ~Landing() {
            {
                const MutexLock lock(flights.mutex_);
                mine.ended = true;
                flights.flights_.erase(key);
            }
            flights.landed_.notify_all();
        }
    };

    Mutex mutex_;
    Condition landed_;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_ GUARDED_BY(mutex_);
};

}  // namespace countersign
