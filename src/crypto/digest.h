// Hashes without a key.  Any thread.
#pragma once

#include <array>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/uuid.h"

namespace bauta::crypto {

std::array<unsigned char, 32> Sha256(std::string_view data);
// Of the parts one after the other, without joining them first.
std::array<unsigned char, 32> Sha256(std::initializer_list<std::string_view> parts);

// Lower-case hex digits.  Checksums and names that AWS asks for, no protection.
std::string Md5Hex(std::string_view data);
std::string Sha1Hex(std::string_view data);

// The 128 bits under which the ledger knows a message: its id if that is a UUID (in either case),
// else the first 16 bytes of SHA-256("bauta-id-v1" 00 id).
Uuid LedgerId(std::string_view message_id);

}  // namespace bauta::crypto
