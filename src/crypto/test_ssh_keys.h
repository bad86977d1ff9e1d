// For the tests: one key in the three forms that ssh-keygen writes, and its fingerprint as ssh-keygen shows
// it.
#pragma once

#include <string>

namespace countersign::crypto {

inline const std::string ssh_line =
    "ssh-rsa "
    "AAAAB3NzaC1yc2EAAAADAQABAAABAQCo1hEURBP9DYVEHXiwrC0adjsxWsu2cGUsB64baOjq13r3dhE67J1Vak7EYF9gWNWy"
    "9FWhWWUSmg9x/6H5aSTNLqG87Tk4v14uKphaZM7iv0goEK3jfK4jPn8QX6YPClXCBf5ONLF1goFjFXAAFt39gk74fFlCjLik"
    "HUG7fg5ZIhPXXCR/r69Zo9pxxIRp2QzB4WLxRULc5mCtnYXOnF0oNn3KtEZ0NWUTLDbVRw8UbmIJfKErhCvr3HOCiskSuibA"
    "9B4r4BkkCf0YUvToTSEJNMsrm6agrgK4B8GXHyb4yHGS9jhFSGnAB0qsYS1aEWZGa/+OewPKDMrcXXKZ609N";
inline const std::string ssh_fingerprint = "bd:49:10:8a:7e:8e:61:bb:82:3e:c4:4c:09:86:c9:74";
inline const std::string ssh_pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAqNYRFEQT/Q2FRB14sKwt\n"
    "GnY7MVrLtnBlLAeuG2jo6td693YROuydVWpOxGBfYFjVsvRVoVllEpoPcf+h+Wkk\n"
    "zS6hvO05OL9eLiqYWmTO4r9IKBCt43yuIz5/EF+mDwpVwgX+TjSxdYKBYxVwABbd\n"
    "/YJO+HxZQoy4pB1Bu34OWSIT11wkf6+vWaPaccSEadkMweFi8UVC3OZgrZ2Fzpxd\n"
    "KDZ9yrRGdDVlEyw21UcPFG5iCXyhK4Qr69xzgorJEromwPQeK+AZJAn9GFL06E0h\n"
    "CTTLK5umoK4CuAfBlx8m+MhxkvY4RUhpwAdKrGEtWhFmRmv/jnsDygzK3F1ymetP\n"
    "TQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
inline const std::string ssh_rsa_pem =
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIIBCgKCAQEAqNYRFEQT/Q2FRB14sKwtGnY7MVrLtnBlLAeuG2jo6td693YROuyd\n"
    "VWpOxGBfYFjVsvRVoVllEpoPcf+h+WkkzS6hvO05OL9eLiqYWmTO4r9IKBCt43yu\n"
    "Iz5/EF+mDwpVwgX+TjSxdYKBYxVwABbd/YJO+HxZQoy4pB1Bu34OWSIT11wkf6+v\n"
    "WaPaccSEadkMweFi8UVC3OZgrZ2FzpxdKDZ9yrRGdDVlEyw21UcPFG5iCXyhK4Qr\n"
    "69xzgorJEromwPQeK+AZJAn9GFL06E0hCTTLK5umoK4CuAfBlx8m+MhxkvY4RUhp\n"
    "wAdKrGEtWhFmRmv/jnsDygzK3F1ymetPTQIDAQAB\n"
    "-----END RSA PUBLIC KEY-----\n";
inline const std::string ssh_other_family =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF/euH0OVfp1ERHMIczsYlQknPUHreI2mK/rUyQCJHqm";

}  // namespace countersign::crypto
