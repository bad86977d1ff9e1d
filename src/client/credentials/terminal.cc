#include "client/credentials/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/text.h"

namespace countersign::client {

Result<std::string> ask_on_terminal(const std::string& question) {
    constexpr std::size_t answer_bytes_max = 128;
    const Descriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY));
    if (!terminal) return Error{Fault::not_found, "there is no terminal"};
    const std::string shown = printable(question);
    if (::write(terminal.number(), shown.data(), shown.size()) < 0)
        return Error{Fault::not_found, "the terminal cannot be written"};
    std::string answer;
    char letter = '\0';
    while (answer.size() < answer_bytes_max) {
        const ssize_t length = ::read(terminal.number(), &letter, 1);
        if (length < 0 && errno == EINTR) continue;
        if (length <= 0 || letter == '\n') break;
        answer += letter;
    }
    return std::string(trimmed(answer));
}

}  // namespace countersign::client
