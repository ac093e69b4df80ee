// Checks SigV4 signatures.  Shares no code with the one who signs, so that each is proof of the
// other.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "queue/failure.h"

namespace bauta::queue {

using SigningKeys = std::map<std::string, std::string, std::less<>>;  // Secrets by key id.

// What a credentials file has: aws_access_key_id and aws_secret_access_key, in any number of
// [profiles].  kConfig: it cannot be read, or there is no pair in it.
Result<SigningKeys> ReadSigningKeys(const std::string& file);

// A request; the views are not kept.
struct SignedRequest {
  std::string_view method, target, body;
  std::function<std::string_view(std::string_view)> header;  // Empty: there is none.
};

// Fine if the request is signed with one of the keys, in its header or, presigned, in its URL, for
// SQS and a time that is near.
Outcome<> CheckSignature(const SignedRequest& request, const SigningKeys& keys, std::int64_t now_s);

}  // namespace bauta::queue
