// The connections of a server by client, so that one client never takes all of them: who has the most gives
// way. Holds what it is given until it is taken out. One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

namespace countersign::http {

// `Held` points to something that is_answering() as long as it must not be sent away.
template <class Held>
class Crowd {
public:
    using Ticket = std::uint64_t;

    Crowd(std::size_t places, std::size_t places_of_one) : places_(places), places_of_one_(places_of_one) {}

    // Lets one more of that client in. Where there is no room, the one that has been there the longest of the
    // client that has too many is taken out, and handed to `send_away`. Nothing: nobody may be sent away.
    template <class SendAway>
    std::optional<Ticket> admit(const std::string& client, const Held& held, SendAway send_away) {
        if (const auto from = too_many_for(client); !from.empty()) {
            const std::optional<Held> leaving = take_oldest(from);
            if (!leaving) return std::nullopt;
            send_away(*leaving);
        } else if (count_ >= places_) {
            return std::nullopt;
        }
        clients_[client].emplace(++last_, held);
        ++count_;
        return last_;
    }

    // What was sent away is not there any more.
    void leave(const std::string& client, Ticket ticket) {
        const auto found = clients_.find(client);
        if (found == clients_.end()) return;
        count_ -= found->second.erase(ticket);
        if (found->second.empty()) clients_.erase(found);
    }

private:
    using Members = std::map<Ticket, Held>;  // in the order in which they came

    std::size_t count_of(const std::string& client) const {
        const auto found = clients_.find(client);
        return found == clients_.end() ? 0 : found->second.size();
    }

    // Whose place a new one of that client takes: its own where it has its share, that of the client that has
    // the most, and more than itself, where all places are taken. Empty: nobody's.
    std::string too_many_for(const std::string& client) const {
        const std::size_t own = count_of(client);
        if (own >= places_of_one_) return client;
        if (count_ < places_) return {};
        const auto most =
            std::ranges::max_element(clients_, {}, [](const auto& other) { return other.second.size(); });
        return most != clients_.end() && most->second.size() > own ? most->first : std::string();
    }

    std::optional<Held> take_oldest(const std::string& client) {
        const auto found = clients_.find(client);
        if (found == clients_.end()) return std::nullopt;
        Members& members = found->second;
        const auto oldest =
            std::ranges::find_if(members, [](const auto& one) { return !one.second->is_answering(); });
        if (oldest == members.end()) return std::nullopt;
        Held leaving = std::move(oldest->second);
        members.erase(oldest);
        --count_;
        if (members.empty()) clients_.erase(found);
        return leaving;
    }

    const std::size_t places_;
    const std::size_t places_of_one_;
    std::map<std::string, Members> clients_;
    std::size_t count_ = 0;
    Ticket last_ = 0;
};

}  // namespace countersign::http
