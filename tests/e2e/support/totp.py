"""Codes as authenticator apps make them (RFC 6238): six digits, 30 seconds, HMAC-SHA-1."""

import base64
import hmac
import struct
import time


def code_of(key, ahead=0):
    """Of a key in base32; `ahead` counts the 30 seconds to come."""
    secret = base64.b32decode(key + "=" * (-len(key) % 8))
    digest = hmac.digest(secret, struct.pack(">Q", int(time.time()) // 30 + ahead), "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start:start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"
