// The headers of SQS's calls, signed: with whose keys, for which host, dated by whose clock.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "aws/clock_skew.h"
#include "aws/credentials.h"
#include "aws/endpoint.h"
#include "aws/sigv4.h"
#include "aws/sqs_wire.h"

namespace bauta::aws {

// One thread at a time.
class SqsSigner {
 public:
  explicit SqsSigner(const Endpoint& endpoint);

  const std::string& url() const { return url_; }  // Where the calls go.
  ClockSkew& skew() { return skew_; }

  // From now on signs with these.
  void Use(Credentials credentials) { signer_.Use(std::move(credentials)); }
  // "Name: value", but for the host, which curl writes.
  std::vector<std::string> Headers(const Wire& wire, std::string_view operation,
                                   const std::string& body);

 private:
  const std::string host_, url_, path_;
  Signer signer_;
  ClockSkew skew_;
  std::chrono::sys_seconds date_second_{};
  std::string date_;  // Of that second.
};

}  // namespace bauta::aws
