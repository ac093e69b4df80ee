#include "aws/sqs_signer.h"

#include <array>
#include <span>

#include "base/clock.h"

namespace bauta::aws {

SqsSigner::SqsSigner(const Endpoint& endpoint)
    : host_(HostHeaderOfUrl(endpoint.url)),
      url_(endpoint.url + (PathOfUrl(endpoint.url) == "/" ? "/" : "")),
      path_(PathOfUrl(url_)),
      signer_({}, endpoint.region, "sqs") {}

std::vector<std::string> SqsSigner::Headers(const Wire& wire, std::string_view operation,
                                            const std::string& body) {
  const WallTime now = SystemClock().Now() + skew_.ahead();
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != date_second_) {
    date_second_ = second;
    date_ = AmzDate(now);
  }
  const std::string target = "AmazonSQS." + std::string(operation);
  const std::string& token = signer_.session_token();
  std::array<Header, 6> all = {Header{"content-type", wire.content_type()}, Header{"host", host_},
                               Header{"x-amz-date", date_}};
  std::size_t n = 3;
  if (!token.empty()) all[n++] = {"x-amz-security-token", token};
  if (wire.has_target()) {
    all[n++] = {"x-amz-target", target};
    all[n++] = {"x-amzn-query-mode", "true"};
  }
  std::vector<std::string> headers;
  headers.reserve(8);
  headers.push_back("Authorization: " +
                    signer_.Authorization("POST", path_, std::span(all).first(n), body, date_));
  for (std::size_t i = 0; i < n; ++i) {
    if (all[i].name == "host") continue;
    std::string& header = headers.emplace_back(all[i].name);
    header += ": ";
    header += all[i].value;
  }
  headers.emplace_back("User-Agent: bauta/" BAUTA_VERSION);
  return headers;
}

}  // namespace bauta::aws
