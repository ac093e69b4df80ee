// Signs requests as AWS wants them: Signature Version 4, header form.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "aws/credentials.h"
#include "base/clock.h"

namespace bauta::aws {

// Names are lower case; sorted by name, no name twice.
struct Header {
  std::string_view name;
  std::string_view value;
};

// "20261121T070000Z"
std::string AmzDate(WallTime time);

// Keeps the signing key of the day.  One thread at a time.
class Signer {
 public:
  Signer(Credentials credentials, std::string region, std::string service);

  // The value of the Authorization header.  `headers` are those to be signed: host and x-amz-date
  // must be among them, and x-amz-security-token if the credentials have a token.  `path` is as it
  // stands in the request line, without a query.
  std::string Authorization(std::string_view method, std::string_view path,
                            std::span<const Header> headers, std::string_view body,
                            std::string_view amz_date);

  const std::string& session_token() const { return credentials_.session_token; }

  // From now on signs with these.
  void Use(Credentials credentials);

 private:
  void DeriveKey(std::string_view day);

  Credentials credentials_;
  const std::string region_, service_;
  std::string day_;
  std::array<unsigned char, 32> key_{};
  std::string canonical_;  // Kept for its capacity.
};

}  // namespace bauta::aws
