// SAML metadata and responses: whatever comes must be refused or read, and only a signed response verified.
#include <cstdlib>

#include "federation/saml.h"
#include "formats/encoding.h"

namespace {

// A certificate whose private key nobody has.
constexpr const char* certificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBdDCCARugAwIBAgIUHor8N7eYwG8CaMqFO4Ew9LeRkUswCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEZnV6ejAgFw0yNjExMjMxNjUyMTBaGA8yMTI2MTAzMDE2NTIx\n"
    "MFowDzENMAsGA1UEAwwEZnV6ejBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABM1x\n"
    "6HVt8a8lAlcoD9nfHZSXGqiFELzAlScet8rfRZE1+CXbMiitnYYozqxwPkqGwtek\n"
    "YgQ6ghYjY4QEtZ+NaiSjUzBRMB0GA1UdDgQWBBQRVKNPG/zdVJmPUbcBA+y5Y+We\n"
    "NTAfBgNVHSMEGDAWgBQRVKNPG/zdVJmPUbcBA+y5Y+WeNTAPBgNVHRMBAf8EBTAD\n"
    "AQH/MAoGCCqGSM49BAMCA0cAMEQCIHDk5W8OqbYGN9kIMQtWvpPMnpcsaR4bJVt3\n"
    "/fqVX2BQAiBnumIK+qXuHF3Ae5ZCTFwkVZHCpbfGUVVcFWaeRSDXlw==\n"
    "-----END CERTIFICATE-----\n";

countersign::federation::Metadata provider() {
    auto key = countersign::crypto::PublicKey::from_certificate(certificate);
    if (!key) std::abort();
    countersign::federation::Metadata metadata;
    metadata.entity_id = "https://idp.example.com/saml";
    metadata.certificates.push_back({certificate, *std::move(key)});
    return metadata;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace countersign;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Instant now(std::chrono::seconds(1'767'225'600));
    const auto described = federation::parse_metadata(text, now);
    if (described && (described->entity_id.empty() || described->certificates.empty())) std::abort();
    static const federation::Metadata known = provider();
    const federation::SamlExpected expected{
        now, {std::string(federation::aws_saml_recipient)}, {std::string(federation::aws_saml_audience)}};
    if (federation::verify_saml_response(formats::base64(text), known, expected)) std::abort();
    static_cast<void>(federation::unverified_assertion(formats::base64(text)));
    return 0;
}
