#include "databases/isolation/messages.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"

namespace countersign::databases::isolation {

namespace {

constexpr std::size_t message_bytes_max = std::size_t{64} * 1024;
constexpr std::size_t descriptors_max = 4;

// Room for the descriptors of one message, as the kernel wants it laid out.
struct alignas(cmsghdr) Attachment {
    char bytes[CMSG_SPACE(descriptors_max * sizeof(int))] = {};
};

std::vector<Descriptor> descriptors_in(msghdr& header) {
    std::vector<Descriptor> found;
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        std::vector<int> numbers(count);
        std::memcpy(numbers.data(), CMSG_DATA(part), count * sizeof(int));
        for (const int number : numbers) found.emplace_back(number);
    }
    return found;
}

}  // namespace

Result<std::pair<Descriptor, Descriptor>> connected_pair() {
    int ends[2] = {-1, -1};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return Error{Fault::unavailable, fmt::format("cannot make a pair of sockets: {}", strerror(errno))};
    return std::pair(Descriptor(ends[0]), Descriptor(ends[1]));
}

Result<void> send(int socket, const std::vector<std::string>& words, const std::vector<int>& descriptors) {
    std::string text = joined(words, std::string_view("\0", 1));
    if (text.size() > message_bytes_max || descriptors.size() > descriptors_max)
        return Error{Fault::invalid, "too much for one message to the warden"};
    iovec part{text.data(), text.size()};
    Attachment attachment;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        header.msg_control = attachment.bytes;
        header.msg_controllen = CMSG_SPACE(descriptors.size() * sizeof(int));
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors.size() * sizeof(int));
        std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size() * sizeof(int));
    }
    ssize_t sent = 0;
    do sent = ::sendmsg(socket, &header, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0) return {};
    return Error{Fault::unavailable,
                 fmt::format("the warden of the databases has gone: {}", strerror(errno))};
}

std::optional<Message> receive(int socket) {
    std::string text(message_bytes_max, '\0');
    iovec part{text.data(), text.size()};
    Attachment attachment;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = attachment.bytes;
    header.msg_controllen = sizeof attachment.bytes;
    ssize_t length = 0;
    do length = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    while (length < 0 && errno == EINTR);
    if (length <= 0) return std::nullopt;
    Message message;
    message.descriptors = descriptors_in(header);
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) return message;
    for (const std::string_view word : split({text.data(), static_cast<std::size_t>(length)}, '\0'))
        message.words.emplace_back(word);
    return message;
}

}  // namespace countersign::databases::isolation
