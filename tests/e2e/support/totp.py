"""Codes as authenticator apps make them (RFC 6238): six digits, 30 seconds, HMAC-SHA-1."""

import base64
import hmac
import struct
import time


def code_at(key, step):
    """Of a key in base32, as a text or as boto3 has it, and a step of 30 seconds."""
    text = key.decode() if isinstance(key, bytes) else key
    secret = base64.b32decode(text + "=" * (-len(text) % 8))
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start:start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def code_of(key, ahead=0):
    """Of now; `ahead` counts the 30 seconds to come."""
    return code_at(key, int(time.time()) // 30 + ahead)
