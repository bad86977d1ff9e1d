// A program that uses PAM and is not PostgreSQL: 0 when the handle that it gets for the service "countersign"
// is libpam's own.
#include <security/pam_appl.h>
#include <string.h>

namespace {

int no_conversation(int, const pam_message**, pam_response**, void*) {
    return PAM_CONV_ERR;
}

}  // namespace

int main() {
    const pam_conv conversation = {no_conversation, nullptr};
    pam_handle_t* handle = nullptr;
    if (pam_start("countersign", "nobody", &conversation, &handle) != PAM_SUCCESS) return 2;
    const void* service = nullptr;
    if (pam_get_item(handle, PAM_SERVICE, &service) != PAM_SUCCESS || service == nullptr) return 3;
    if (strcmp(static_cast<const char*>(service), "countersign") != 0) return 4;
    if (pam_set_item(handle, PAM_TTY, "tty1") != PAM_SUCCESS) return 5;
    if (strcmp(pam_strerror(handle, PAM_SUCCESS), "Success") != 0) return 6;
    return pam_end(handle, PAM_SUCCESS);
}
